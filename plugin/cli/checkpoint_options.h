/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the command line of checkpoint says.
 */
#ifndef CLI_CHECKPOINT_OPTIONS_H
#define CLI_CHECKPOINT_OPTIONS_H

#include <stdbool.h>

#include "cli/cli.h"
#include "engine/checkpoint.h"
#include "util/buffer.h"

struct checkpoint_request {
    struct checkpoint_options options;
    struct buffer labels; /* as the record has them */
    bool all;             /* a series of all guests */
    const char *dir;      /* a series of these; NULL: the default, if all */
    char **domains;       /* of a series: NULL at the end */
    bool progress;
    enum format format;
};

static inline bool checkpoint_is_series(const struct checkpoint_request *q)
{
    return q->all || q->dir;
}

/*
 * 0 to go on, else -1 - exit status.
 * Texts point into argv; free with checkpoint_options_free in either case.
 */
int checkpoint_options_parse(int argc, char **argv,
                             const struct checkpoint_options *defaults,
                             struct checkpoint_request *out);

void checkpoint_options_free(struct checkpoint_request *request);

/* What of it is for each guest of a series, as options of the public API. */
int checkpoint_options_forward(const struct checkpoint_request *request,
                               struct xr_options *options,
                               struct xr_error *err);

int cmd_checkpoint(int argc, char **argv);

#endif
