/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A command that exec waits for.
 */
#ifndef CLI_RUN_COMMAND_H
#define CLI_RUN_COMMAND_H

#include "cli/heir.h"

/*
 * Its exit status as a shell would report it; STATUS_ERROR after a complaint if
 * it could not be started.  Meanwhile signals are the command's.  The heir (there
 * may be none) knows of the command from its first instruction on.
 */
int run_command(char **argv, const struct heir *heir);

#endif
