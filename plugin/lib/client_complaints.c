/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "lib/client_complaints.h"

#include <string.h>

enum {
    LAST_WORDS_MAX = 4096,
    LAST_WORDS_KEPT = 1024,
};

static void line_add(struct complaints *c, const char *bytes, size_t n)
{
    size_t room = sizeof(c->line) - c->length;

    c->cut = c->cut || n > room;
    if (n > room)
        n = room;
    memcpy(c->line + c->length, bytes, n);
    c->length += n;
}

/* Without memory it is not told: the command goes on all the same. */
static void line_tell(struct complaints *c)
{
    CLEANUP_BUFFER struct buffer safe = { 0 };
    size_t n = c->length;

    if (n && !c->cut && c->line[n - 1] == '\r')
        n--;
    buffer_put_safe(&safe, c->line, n);
    if (c->cut)
        buffer_puts(&safe, "...");
    c->length = 0;
    c->cut = false;
    if (n && safe.data && !buffer_failed(&safe))
        c->hear(c->data, safe.data);
}

void complaints_put(struct complaints *c, const char *bytes, size_t n)
{
    const char *newline;

    while ((newline = memchr(bytes, '\n', n))) {
        size_t length = (size_t)(newline - bytes);

        line_add(c, bytes, length);
        line_tell(c);
        bytes += length + 1;
        n -= length + 1;
    }
    line_add(c, bytes, n);
}

void complaints_end(struct complaints *c)
{
    line_tell(c);
}

void last_words_put(struct buffer *words, const char *bytes, size_t n)
{
    if (n > LAST_WORDS_KEPT) {
        bytes += n - LAST_WORDS_KEPT;
        n = LAST_WORDS_KEPT;
    }
    if (words->length + n > LAST_WORDS_MAX) {
        memmove(words->data, words->data + words->length - LAST_WORDS_KEPT,
                LAST_WORDS_KEPT);
        words->length = LAST_WORDS_KEPT;
    }
    buffer_append(words, bytes, n);
}
