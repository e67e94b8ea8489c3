/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the command line of checkpoint says.
 */
#ifndef CLI_CHECKPOINT_OPTIONS_H
#define CLI_CHECKPOINT_OPTIONS_H

#include <stdbool.h>

#include "cli/cli.h"
#include "util/buffer.h"
#include "verdict/action.h"
#include "xen/configuration.h"

/* Does the guest run while its memory is written? */
enum live_wish {
    LIVE_IF_POSSIBLE, /* auto */
    LIVE_OR_NOT_AT_ALL, /* yes */
    LIVE_NOT,         /* no */
};

struct checkpoint_options {
    const char *domain;
    const char *file;
    enum live_wish live;
    unsigned int max_freeze;  /* ms; 0: libxc's own rule */
    unsigned int watch;       /* seconds */
    unsigned int keep;        /* former images */
    struct policies policies;
    const char *hook_dir;     /* NULL: the configuration's */
    struct buffer labels;     /* as the record has them */
    bool same_domid;
    bool force;
    bool seal;
    bool dry_run;
    bool progress;
    enum format format;
};

/*
 * The configuration has the defaults.  0 to go on, else -1 - exit status.
 * Texts point into argv; free with checkpoint_options_free in either case.
 */
int checkpoint_options_parse(int argc, char **argv,
                             const struct config *config,
                             struct checkpoint_options *out);

void checkpoint_options_free(struct checkpoint_options *options);

int cmd_checkpoint(int argc, char **argv);

#endif
