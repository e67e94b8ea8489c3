/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * checkpoint --all, and checkpoint DOMAIN... --dir=DIR.
 */
#ifndef CLI_CHECKPOINT_SERIES_H
#define CLI_CHECKPOINT_SERIES_H

#include "cli/checkpoint_options.h"
#include "cli/output.h"

/* The exit status: the worst of all guests'. */
int checkpoint_series(const struct checkpoint_request *q, struct output *out);

#endif
