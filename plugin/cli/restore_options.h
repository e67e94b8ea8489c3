/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the command line of restore says.
 */
#ifndef CLI_RESTORE_OPTIONS_H
#define CLI_RESTORE_OPTIONS_H

#include <stdbool.h>

#include "cli/cli.h"
#include "engine/restore.h"

struct restore_request {
    struct restore_options options;
    bool progress;
    enum format format;
};

/*
 * 0 to go on, else -1 - exit status.
 * Texts point into argv.
 */
int restore_options_parse(int argc, char **argv,
                          const struct restore_options *defaults,
                          struct restore_request *out);

int cmd_restore(int argc, char **argv);

#endif
