/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the command line of restore says.
 */
#ifndef CLI_RESTORE_OPTIONS_H
#define CLI_RESTORE_OPTIONS_H

#include <stdbool.h>

#include "cli/cli.h"
#include "xen/configuration.h"

/* Whose disks a domain under another name gets. */
enum disks_wish {
    DISKS_UNSAID,
    DISKS_AS_THEY_ARE,
};

struct restore_options {
    const char *image;
    const char *name;      /* NULL: the image's */
    enum disks_wish disks;
    unsigned int watch;    /* seconds */
    bool paused;
    bool dry_run;
    bool progress;
    enum format format;
};

/*
 * The configuration has the defaults.  0 to go on, else -1 - exit status.
 * Texts point into argv.
 */
int restore_options_parse(int argc, char **argv, const struct config *config,
                          struct restore_options *out);

int cmd_restore(int argc, char **argv);

#endif
