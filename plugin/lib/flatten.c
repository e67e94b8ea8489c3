/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "lib/flatten.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/json_parser.h"
#include "util/buffer.h"

enum { DEPTH_MAX = 64 };

/* Where the parser stands: a path, and how long it was at each level. */
struct flatten {
    struct keylist *list;
    struct buffer path;
    size_t lengths[DEPTH_MAX];  /* of the path, around each map or array */
    long indices[DEPTH_MAX];    /* of the array's next member; -1: a map */
    unsigned int depth;
    int failure;
};

static void cut(struct flatten *f, size_t length)
{
    f->path.length = length;
    if (f->path.data)
        f->path.data[length] = '\0';
}

static void append_key(struct flatten *f, const char *key, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++) {
        bool valid = keylist_key_valid(key + i, 1);

        buffer_append(&f->path, valid ? key + i : "?", 1);
    }
}

static int set(struct flatten *f, const char *value, size_t n)
{
    const char *path = f->path.length ? f->path.data : "value";

    f->failure = buffer_failed(&f->path)
                 ? -ENOMEM : keylist_set(f->list, path, value, n);
    return !f->failure;
}

/* In an array, every value begins with its index. */
static void begin_value(struct flatten *f)
{
    if (!f->depth || f->indices[f->depth - 1] < 0)
        return;
    cut(f, f->lengths[f->depth - 1]);
    buffer_printf(&f->path, "[%ld]", f->indices[f->depth - 1]++);
}

static int on_value(void *data, const char *text, size_t n)
{
    begin_value(data);
    return set(data, text, n);
}

static int on_null(void *data)
{
    return on_value(data, "null", 4);
}

static int on_boolean(void *data, int value)
{
    return value ? on_value(data, "true", 4) : on_value(data, "false", 5);
}

static int on_string(void *data, const unsigned char *text, size_t n)
{
    return on_value(data, (const char *)text, n);
}

static int open_level(struct flatten *f, long index)
{
    begin_value(f);
    if (f->depth == DEPTH_MAX) {
        f->failure = -E2BIG;
        return 0;
    }
    f->lengths[f->depth] = f->path.length;
    f->indices[f->depth++] = index;
    return 1;
}

static int on_open_map(void *data)
{
    return open_level(data, -1);
}

static int on_open_array(void *data)
{
    return open_level(data, 0);
}

static int on_close(void *data)
{
    struct flatten *f = data;

    cut(f, f->lengths[--f->depth]);
    return 1;
}

static int on_key(void *data, const unsigned char *key, size_t n)
{
    struct flatten *f = data;

    cut(f, f->lengths[f->depth - 1]);
    if (f->path.length)
        buffer_append(&f->path, ".", 1);
    append_key(f, (const char *)key, n);
    return 1;
}

/* xl counts its NUL and a newline to the text. */
static size_t trimmed(const char *text, size_t n)
{
    while (n && (unsigned char)text[n - 1] <= ' ')
        n--;
    return n;
}

static int failed(const struct flatten *f, uint64_t offset,
                  struct xr_error *err)
{
    if (f->failure == -ENOMEM)
        return error_set(err, ENOMEM, "out of memory");
    if (f->failure)
        return error_at(err, E2BIG, offset, "a configuration that is nested "
                        "too deep or has too many values");
    return error_at(err, EINVAL, offset, "the configuration is no JSON");
}

int flatten_json(const char *text, size_t n, struct keylist *out,
                 struct xr_error *err)
{
    static const yajl_callbacks callbacks = {
        .yajl_null = on_null,
        .yajl_boolean = on_boolean,
        .yajl_number = on_value,
        .yajl_string = on_string,
        .yajl_start_map = on_open_map,
        .yajl_map_key = on_key,
        .yajl_end_map = on_close,
        .yajl_start_array = on_open_array,
        .yajl_end_array = on_close,
    };
    struct flatten f = { .list = out };
    size_t bad = 0;
    int r;

    r = json_parse(&callbacks, &f, text, trimmed(text, n), &bad);
    if (r == -ENOMEM)
        f.failure = -ENOMEM;
    if (r)
        r = failed(&f, bad, err);
    buffer_free(&f.path);
    if (r)
        keylist_free(out);
    return r;
}

/* Sets the path's number, from 2 on, and says if it stands in the list. */
static bool is_taken(struct flatten *f, size_t length, unsigned int number,
                     const char *mark)
{
    size_t numbered;
    bool taken;

    cut(f, length);
    if (number > 1)
        buffer_printf(&f->path, "[%u]", number);
    numbered = f->path.length;
    buffer_puts(&f->path, mark);
    taken = !buffer_failed(&f->path)
            && keylist_find(f->list, f->path.data);
    if (!buffer_failed(&f->path))
        cut(f, numbered);
    return taken;
}

/*
 * The path, numbered if it stands in the list already.  Elements of one name
 * may be thousands: their number is searched, not counted.
 */
static void number_element(struct flatten *f, const char *mark)
{
    size_t length = f->path.length;
    unsigned int taken = 0, free_one = 1, middle;

    while (is_taken(f, length, free_one, mark)) {
        taken = free_one;
        free_one *= 2;
    }
    while (free_one - taken > 1) {
        middle = taken + (free_one - taken) / 2;
        if (is_taken(f, length, middle, mark))
            taken = middle;
        else
            free_one = middle;
    }
    (void)is_taken(f, length, free_one, mark);
}

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
static int set_decoded(struct flatten *f, const char *text, size_t n)
{
    enum { REFERENCE_MAX = 10 };
    CLEANUP_BUFFER struct buffer value = { 0 };
    size_t i;

    if (!memchr(text, '&', n))
        return set(f, text, n);
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
    if (buffer_failed(&value)) {
        f->failure = -ENOMEM;
        return 0;
    }
    return set(f, value.data, value.length);
}

/* name='value' name="value", each a value of its own. */
static int set_attributes(struct flatten *f, const char *text, size_t n)
{
    size_t length = f->path.length, name, value;
    char quote;

    while (n) {
        size_t blanks = strspn(text, " \t\n/?");

        if (blanks >= n)
            break;
        text += blanks;
        n -= blanks;
        name = strcspn(text, "= \t\n>");
        if (name + 2 > n || text[name] != '=')
            break;
        quote = text[name + 1];
        value = 0;
        while (name + 2 + value < n && text[name + 2 + value] != quote)
            value++;
        buffer_append(&f->path, "@", 1);
        append_key(f, text, name);
        if (!set_decoded(f, text + name + 2, value))
            return 0;
        cut(f, length);
        name += 2 + value + 1;
        text += name < n ? name : n;
        n -= name < n ? name : n;
    }
    return 1;
}

static bool is_blank(const char *text, size_t n)
{
    return strspn(text, " \t\n\r") >= n;
}

/* "<tag attributes>" without the brackets, and the text behind it. */
static int open_element(struct flatten *f, const char *tag, size_t n)
{
    size_t name = strcspn(tag, " \t\n/>");
    const char *text = tag + n + 1;
    size_t length = strcspn(text, "<");

    if (name > n)
        name = n;
    f->lengths[f->depth++] = f->path.length;
    if (f->path.length)
        buffer_append(&f->path, "/", 1);
    append_key(f, tag, name);
    /* An element is known again by its text or its first attribute. */
    if (is_blank(text, length) && name < n && tag[name] == ' ') {
        char mark[64] = "";

        snprintf(mark, sizeof(mark), "@%.*s",
                 (int)strcspn(tag + name + 1, "= >"), tag + name + 1);
        number_element(f, mark);
    } else {
        number_element(f, "");
    }
    if (name < n && !set_attributes(f, tag + name, n - name))
        return 0;
    return is_blank(text, length) || set_decoded(f, text, length);
}

int flatten_xml(const char *text, struct keylist *out, struct xr_error *err)
{
    struct flatten f = { .list = out };
    const char *at = text, *end = text;
    int ok = 1;

    while (ok && (at = strchr(end, '<')) && (end = strchr(at, '>'))) {
        size_t n = (size_t)(end - ++at);

        if (!n || *at == '?' || *at == '!')
            continue;
        if (*at == '/') {
            if (f.depth)
                cut(&f, f.lengths[--f.depth]);
            continue;
        }
        if (f.depth == DEPTH_MAX) {
            f.failure = -E2BIG;
            break;
        }
        ok = open_element(&f, at, n);
        if (at[n - 1] == '/')
            cut(&f, f.lengths[--f.depth]);
    }
    buffer_free(&f.path);
    if (!f.failure)
        return 0;
    keylist_free(out);
    return failed(&f, (uint64_t)(at ? at - text : 0), err);
}
