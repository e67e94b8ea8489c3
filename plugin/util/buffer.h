/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A growing string of bytes with a sticky failure: append freely, test once at
 * the end with buffer_failed().  The bytes are always followed by a NUL.
 */
#ifndef UTIL_BUFFER_H
#define UTIL_BUFFER_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct buffer {
    char *data;   /* NULL while empty */
    size_t length;
    size_t capacity;
    bool failed;  /* an allocation failed: contents are incomplete */
};

void buffer_append(struct buffer *b, const void *bytes, size_t n);
void buffer_puts(struct buffer *b, const char *text);
__attribute__((format(printf, 2, 3)))
void buffer_printf(struct buffer *b, const char *format, ...);
__attribute__((format(printf, 2, 0)))
void buffer_vprintf(struct buffer *b, const char *format, va_list ap);

/* Length of the well-formed UTF-8 character at p (1 to 4 bytes), else 0. */
size_t utf8_length(const unsigned char *p, size_t room);

/*
 * Text of unknown origin made fit for a terminal or a log: printable ASCII and
 * well-formed UTF-8 stay, everything else becomes \\xHH.
 */
void buffer_put_safe(struct buffer *b, const char *bytes, size_t n);

static inline bool buffer_failed(const struct buffer *b)
{
    return b->failed;
}

/*
 * Hands the text over (to be freed by the caller) and empties the buffer.
 * NULL if an allocation failed; "" for an empty buffer.
 */
char *buffer_steal(struct buffer *b);

void buffer_free(struct buffer *b);

#define CLEANUP_BUFFER __attribute__((cleanup(buffer_free)))

#endif
