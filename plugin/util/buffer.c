/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "util/buffer.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Makes room for n more bytes and the NUL. */
static bool buffer_reserve(struct buffer *b, size_t n)
{
    size_t capacity = b->capacity ? b->capacity : 64;
    char *data;

    if (b->failed || n >= SIZE_MAX / 2 - b->length) {
        b->failed = true;
        return false;
    }
    while (capacity <= b->length + n)
        capacity *= 2;
    if (b->data && capacity == b->capacity)
        return true;
    data = realloc(b->data, capacity);
    if (!data) {
        b->failed = true;
        return false;
    }
    b->data = data;
    b->capacity = capacity;
    return true;
}

void buffer_append(struct buffer *b, const void *bytes, size_t n)
{
    if (!buffer_reserve(b, n))
        return;
    if (n)
        memcpy(b->data + b->length, bytes, n);
    b->length += n;
    b->data[b->length] = '\0';
}

void buffer_puts(struct buffer *b, const char *text)
{
    buffer_append(b, text, strlen(text));
}

void buffer_vprintf(struct buffer *b, const char *format, va_list ap)
{
    char *text;
    int n = vasprintf(&text, format, ap);

    if (n < 0) {
        b->failed = true;
        return;
    }
    buffer_append(b, text, (size_t)n);
    free(text);
}

void buffer_printf(struct buffer *b, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    buffer_vprintf(b, format, ap);
    va_end(ap);
}

size_t utf8_length(const unsigned char *p, size_t room)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    size_t n = p[0] >= 0xf0 && p[0] < 0xf5 ? 4
             : (p[0] & 0xf0) == 0xe0 ? 3
             : (p[0] & 0xe0) == 0xc0 ? 2 : p[0] < 0x80;
    uint32_t code;
    size_t i;

    if (n < 2 || n > room)
        return n <= room ? n : 0;
    code = p[0] & (0xff >> (n + 1));
    for (i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (p[i] & 0x3f);
    }
    /* No overlong forms, no surrogates. */
    if (code < least[n] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
        return 0;
    return n;
}

/* No controls, nothing that turns the direction, nothing without a width. */
static bool is_shown(const unsigned char *p, size_t length)
{
    uint32_t code;

    if (length == 1)
        return *p >= 0x20 && *p < 0x7f;
    if (length == 2)
        return (p[0] > 0xc2 || p[1] >= 0xa0) && memcmp(p, "\xd8\x9c", 2);
    if (length == 4) /* U+E0000 to U+E0FFF: tags, and what selects a variant */
        return memcmp(p, "\xf3\xa0", 2);
    code = (p[0] & 0xfU) << 12 | (p[1] & 0x3fU) << 6 | (p[2] & 0x3fU);
    return !((code >= 0x200b && code <= 0x200f)
             || (code >= 0x2028 && code <= 0x202e)
             || (code >= 0x2060 && code <= 0x206f) || code == 0xfeff);
}

void buffer_put_safe(struct buffer *b, const char *bytes, size_t n)
{
    const unsigned char *p = (const unsigned char *)bytes;
    size_t i = 0, length;

    while (i < n) {
        length = utf8_length(p + i, n - i);
        if (length && is_shown(p + i, length)) {
            buffer_append(b, p + i, length);
            i += length;
        } else {
            buffer_printf(b, "\\x%02x", p[i++]);
        }
    }
}

char *buffer_steal(struct buffer *b)
{
    char *data;

    if (!b->data)
        buffer_append(b, "", 0);
    data = b->failed ? NULL : b->data;
    if (!data)
        free(b->data);
    *b = (struct buffer){ 0 };
    return data;
}

void buffer_free(struct buffer *b)
{
    int saved = errno;

    free(b->data);
    *b = (struct buffer){ 0 };
    errno = saved;
}
