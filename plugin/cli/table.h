/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Tables on stdout.  Cells are made safe for a terminal.  Where a table is wider
 * than the screen, the columns of prose are wrapped between words.  Out of
 * memory, no table is printed, but a message, and the output counts as lost.
 */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include "cli/screen.h"
#include "verdict/verdict.h"

struct table;

/* May be NULL; the functions below then do nothing, and table_print says so. */
struct table *table_new(void);
void table_free(struct table *t);

/* Columns first; then for each row table_row and its cells in order. */
void table_column(struct table *t, const char *name);
void table_column_right(struct table *t, const char *name); /* of numbers */
void table_prose(struct table *t, const char *name); /* a column that wraps */
void table_row(struct table *t);
void table_cell(struct table *t, const char *text);

/* A cell in the mark's colour, where the screen has colours. */
void table_marked(struct table *t, enum mark mark, const char *text);

/* "yes", "no" or "unknown". */
void table_verdict(struct table *t, enum verdict_answer answer);

/* Every line after the indent. */
void table_print(struct table *t, const char *indent);

/* Text of foreign origin, made safe, on stdout. */
void print_safe(const char *text);

#endif
