/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "lib/xml_text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static void append_utf8(struct buffer *out, unsigned long c)
{
    const char bytes[] = {
        (char)(0xf0 | c >> 18), (char)(0x80 | (c >> 12 & 0x3f)),
        (char)(0x80 | (c >> 6 & 0x3f)), (char)(0x80 | (c & 0x3f)),
    };
    char first;

    if (c >= 0x10000) {
        buffer_append(out, bytes, 4);
    } else if (c >= 0x800) {
        first = (char)(0xe0 | c >> 12);
        buffer_append(out, &first, 1);
        buffer_append(out, bytes + 2, 2);
    } else if (c >= 0x80) {
        first = (char)(0xc0 | c >> 6);
        buffer_append(out, &first, 1);
        buffer_append(out, bytes + 3, 1);
    } else {
        first = (char)c;
        buffer_append(out, &first, 1);
    }
}

/* "#60" or "#x3c": the character; 0 for none that XML allows. */
static unsigned long numbered_character(const char *text, size_t n)
{
    bool hex = n > 1 && text[1] == 'x';
    char digits[9] = "", *end;
    unsigned long c;

    n -= hex ? 2 : 1;
    text += hex ? 2 : 1;
    if (!n || n >= sizeof(digits) || strspn(text, "0123456789abcdefABCDEF") < n)
        return 0;
    memcpy(digits, text, n);
    c = strtoul(digits, &end, hex ? 16 : 10);
    return *end || c > 0x10ffff || (c >= 0xd800 && c < 0xe000) ? 0 : c;
}

/* The reference behind an "&"; false if it is none: then it stays as it is. */
static bool append_reference(struct buffer *out, const char *text, size_t n)
{
    static const struct {
        const char *name;
        unsigned long c;
    } names[] = { { "amp", '&' }, { "lt", '<' }, { "gt", '>' },
                  { "quot", '"' }, { "apos", '\'' } };
    unsigned long c = n > 1 && *text == '#' ? numbered_character(text, n) : 0;
    size_t i;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (n == strlen(names[i].name) && !memcmp(text, names[i].name, n))
            c = names[i].c;
    if (c)
        append_utf8(out, c);
    return c;
}

void xml_put_decoded(struct buffer *out, const char *text, size_t n)
{
    enum { REFERENCE_MAX = 10 };
    size_t i;

    for (i = 0; i < n; i++) {
        size_t room = n - i - 1 < REFERENCE_MAX ? n - i - 1 : REFERENCE_MAX;
        const char *end = text[i] == '&' ? memchr(text + i + 1, ';', room)
                                         : NULL;

        if (end && append_reference(out, text + i + 1,
                                    (size_t)(end - text) - i - 1))
            i = (size_t)(end - text);
        else
            buffer_append(out, text + i, 1);
    }
}

void xml_put_escaped(struct buffer *out, const char *text)
{
    for (; *text; text++) {
        switch (*text) {
        case '&': buffer_puts(out, "&amp;"); break;
        case '<': buffer_puts(out, "&lt;"); break;
        case '>': buffer_puts(out, "&gt;"); break;
        case '"': buffer_puts(out, "&quot;"); break;
        case '\'': buffer_puts(out, "&apos;"); break;
        default: buffer_append(out, text, 1);
        }
    }
}
