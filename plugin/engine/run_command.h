/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A command that exec waits for.
 */
#ifndef ENGINE_RUN_COMMAND_H
#define ENGINE_RUN_COMMAND_H

#include "engine/heir.h"

enum { COMMAND_NOT_RUN = 2 };

/*
 * Its exit status as a shell would report it; COMMAND_NOT_RUN if it could not
 * be started, which was said then.  Meanwhile signals are the command's.  The
 * heir (it may be none, but has the events) knows of the command from its
 * first instruction on.
 */
int run_command(char **argv, const struct heir *heir);

#endif
