/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Text in xl.conf syntax, cut into its statements: KEY = VALUE, ended by a
 * newline or a semicolon outside of a list.  What a value means is libxlutil's
 * business; but that takes a file as a whole or not at all, does not say which
 * keys there are, and so can neither go on after a bad line nor name a
 * misspelt key.
 */
#ifndef FORMAT_STATEMENTS_H
#define FORMAT_STATEMENTS_H

#include <stdbool.h>
#include <stddef.h>

struct statement {
    const char *text;   /* borrowed, with comments, without the newline */
    size_t length;
    unsigned int line;  /* of its first character, from 1 */
    size_t key_length;  /* text begins with it; 0: not KEY = or KEY += */
    bool adds;          /* += */
    bool flat;          /* no list within a list, no NUL */
};

struct statements {
    const char *at, *end;
    unsigned int line;
};

/* The text is borrowed until the last statement is done with. */
void statements_begin(struct statements *s, const char *text, size_t n);

/*
 * The next one that is not empty; false at the end.  A list that is never
 * closed ends at the next line that looks like a statement, so that one slip
 * does not swallow the rest.
 */
bool statements_next(struct statements *s, struct statement *out);

#endif
