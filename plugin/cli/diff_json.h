/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CLI_DIFF_JSON_H
#define CLI_DIFF_JSON_H

#include "cli/output.h"
#include "lib/diff.h"

/* The result of diff, for programs. */
void print_diff_json(const struct output *out, const struct image_diff *diff);

#endif
