/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * XML as libvirt writes it.  Nothing is refused but what is nested too deep:
 * what is no XML has few values, or odd ones.
 */
#include "config.h"

#include "lib/flatten.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/buffer.h"

struct elements {
    struct values *values;
    uint32_t nodes[FLATTEN_DEPTH_MAX]; /* of those that are open */
    unsigned int depth;
};

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

/* A value of XML's: "&amp;" is "&". */
static int set_decoded(struct elements *e, uint32_t node, const char *text,
                       size_t n)
{
    enum { REFERENCE_MAX = 10 };
    CLEANUP_BUFFER struct buffer value = { 0 };
    size_t i;

    if (!memchr(text, '&', n))
        return values_set(e->values, node, text, n);
    for (i = 0; i < n; i++) {
        size_t room = n - i - 1 < REFERENCE_MAX ? n - i - 1 : REFERENCE_MAX;
        const char *end = text[i] == '&' ? memchr(text + i + 1, ';', room)
                                         : NULL;

        if (end && append_reference(&value, text + i + 1,
                                    (size_t)(end - text) - i - 1))
            i = (size_t)(end - text);
        else
            buffer_append(&value, text + i, 1);
    }
    if (buffer_failed(&value))
        return -ENOMEM;
    return values_set(e->values, node, value.data, value.length);
}

/* name='value' or name="value" in the n bytes of a tag. */
struct attribute {
    const char *name;
    size_t name_length;
    const char *value;
    size_t value_length;
};

static bool next_attribute(const char **text, size_t *n,
                           struct attribute *out)
{
    size_t blanks = strspn(*text, " \t\n/?"), used;
    const char *end;

    if (blanks >= *n)
        return false;
    out->name = *text + blanks;
    *n -= blanks;
    out->name_length = strcspn(out->name, "= \t\n>");
    if (out->name_length + 2 > *n || out->name[out->name_length] != '=')
        return false;
    out->value = out->name + out->name_length + 2;
    used = out->name_length + 2;
    end = memchr(out->value, out->value[-1], *n - used);
    out->value_length = end ? (size_t)(end - out->value) : *n - used;
    used += out->value_length + (end != NULL);
    *text = out->name + used;
    *n -= used;
    return true;
}

static int set_attributes(struct elements *e, uint32_t element,
                          const char *text, size_t n)
{
    struct attribute attribute;
    uint32_t node;
    int r = 0;

    while (!r && next_attribute(&text, &n, &attribute)) {
        r = values_name(e->values, element, VALUE_ATTRIBUTE, attribute.name,
                        attribute.name_length, &node);
        if (!r)
            r = set_decoded(e, node, attribute.value, attribute.value_length);
    }
    return r;
}

static bool is_all_blank(const char *text, size_t n)
{
    return strspn(text, " \t\n\r") >= n;
}

/* Further elements of one name are members of the first one, from 2 on. */
static int find_node(struct elements *e, const char *name, size_t n,
                     uint32_t *out)
{
    uint32_t parent = e->depth ? e->nodes[e->depth - 1] : 0, node, number;
    int r = values_name(e->values, parent, VALUE_NAME, name, n, &node);

    if (r)
        return r;
    number = ++e->values->nodes[node].elements;
    *out = node;
    return number > 1 ? values_member(e->values, node, number, out) : 0;
}

/* "<tag attributes>" without the brackets, and the text behind it. */
static int open_element(struct elements *e, const char *tag, size_t n)
{
    size_t name = strcspn(tag, " \t\n/>");
    const char *text = tag + n + 1;
    size_t length = strcspn(text, "<");
    uint32_t node;
    int r;

    if (e->depth == FLATTEN_DEPTH_MAX)
        return -E2BIG;
    if (name > n)
        name = n;
    r = find_node(e, tag, name, &node);
    if (r)
        return r;
    e->nodes[e->depth++] = node;
    r = set_attributes(e, node, tag + name, n - name);
    return r || is_all_blank(text, length)
               ? r
               : set_decoded(e, node, text, length);
}

int flatten_xml(const char *text, struct values *out, struct xr_error *err)
{
    struct elements e = { .values = out };
    const char *at = text, *end = text;
    int r = 0;

    out->separator = '/';
    while (!r && (at = strchr(end, '<')) && (end = strchr(at, '>'))) {
        size_t n = (size_t)(end - ++at);

        if (!n || *at == '?' || *at == '!')
            continue;
        if (*at != '/')
            r = open_element(&e, at, n);
        if (e.depth && (*at == '/' || at[n - 1] == '/'))
            e.depth--;
    }
    if (!r)
        return 0;
    values_free(out);
    return flatten_failed(r, (uint64_t)(at ? at - text : 0), err);
}
