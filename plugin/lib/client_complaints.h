/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a command, its hooks and the toolstack write to standard error: lines
 * for people.  All of it is text of foreign origin.
 */
#ifndef LIB_CLIENT_COMPLAINTS_H
#define LIB_CLIENT_COMPLAINTS_H

#include <stdbool.h>
#include <stddef.h>

#include "util/buffer.h"

/* What a line has beyond this is left out. */
enum { COMPLAINT_MAX = 1024 };

/* Hears of one line, made safe for a terminal, until it returns. */
typedef void complaint_hearer(void *data, const char *line);

struct complaints {
    complaint_hearer *hear;
    void *data;
    char line[COMPLAINT_MAX]; /* as far as it has come */
    size_t length;
    bool cut;                 /* there was more of it */
};

/* Tells of each line that these bytes end; empty ones are passed over. */
void complaints_put(struct complaints *c, const char *bytes, size_t n);

/* No more bytes come: what is left is a line, too. */
void complaints_end(struct complaints *c);

/* Adds to the last words, of which some thousand bytes are kept. */
void last_words_put(struct buffer *words, const char *bytes, size_t n);

#endif
