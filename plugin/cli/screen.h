/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What standard output is shown on: how wide it is, and whether in colour.
 */
#ifndef CLI_SCREEN_H
#define CLI_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

enum screen_colours {
    COLOURS_AUTO, /* on a terminal, unless NO_COLOR or TERM=dumb says no */
    COLOURS_ALWAYS,
    COLOURS_NEVER,
};

/* What --color says. */
void screen_set_colours(enum screen_colours wanted);

bool screen_has_colours(void);

enum mark {
    MARK_NONE,
    MARK_GOOD,
    MARK_DOUBT,
    MARK_BAD,
};

/* What begins the mark's colour on standard output, and what ends it; or "". */
const char *mark_begin(enum mark mark);
const char *mark_end(enum mark mark);

/*
 * Columns, by COLUMNS or of the terminal.  0: there is no end to a line, as in
 * a file or a pipe, where one row is one line.
 */
size_t screen_width(void);

/* How many columns n bytes take of a text that was made safe (buffer_put_safe). */
size_t text_width(const char *text, size_t n);

/*
 * How many bytes its first words take that fit into so many columns: at least
 * one word, and no blanks behind the last.
 */
size_t text_fitting(const char *text, size_t width);

#endif
