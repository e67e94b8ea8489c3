/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The lines of --format=jsonl, for output*.c.
 */
#ifndef CLI_OUTPUT_LINES_H
#define CLI_OUTPUT_LINES_H

#include "cli/cli.h"
#include "cli/json.h"

/* An open object with "event". */
yajl_gen line_begin(const char *event);

/* A line is whole when it is on the wire: another program waits for it. */
void line_end(yajl_gen g);

/* The first line; once. */
void line_hello(void);

/* What the verb was told, once its options are understood; before, text. */
enum format output_format_known(void);

#endif
