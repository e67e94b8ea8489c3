/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Tables on stdout, by libsmartcols.  Cells are made safe for a terminal; a
 * failed allocation shows as an empty table and a message.
 */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include "verdict/verdict.h"

struct table;

struct table *table_new(void);
void table_free(struct table *t);

/* Columns first; then for each row table_row and its cells in order. */
void table_column(struct table *t, const char *name);
void table_row(struct table *t);
void table_cell(struct table *t, const char *text);

/* "yes", "no" or "unknown", in colour on a terminal. */
void table_verdict(struct table *t, enum verdict_answer answer);

/* Every line after the indent. */
void table_print(struct table *t, const char *indent);

/* Text of foreign origin, made safe, on stdout. */
void print_safe(const char *text);

#endif
