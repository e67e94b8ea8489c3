/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * JSON, as yajl's callbacks bring it; XML is in flatten_xml.c.
 */
#include "config.h"

#include "lib/flatten.h"

#include <errno.h>

#include "lib/json_parser.h"

/* Where the parser stands: the node of each map or array that is open. */
struct flatten {
    struct values *values;
    uint32_t node;                        /* of the next value */
    uint32_t levels[FLATTEN_DEPTH_MAX];
    int64_t members[FLATTEN_DEPTH_MAX];   /* the next one's number; -1: a map */
    unsigned int depth;
    bool strict;                          /* no name twice */
    int failure;
};

/* In an array, every value begins with its number. */
static int begin_value(struct flatten *f)
{
    int64_t *number;

    if (!f->depth || f->members[f->depth - 1] < 0)
        return 1;
    number = &f->members[f->depth - 1];
    f->failure = values_member(f->values, f->levels[f->depth - 1],
                               (uint32_t)(*number)++, &f->node);
    return !f->failure;
}

static int set_value(struct flatten *f, enum value_type type,
                     const char *text, size_t n)
{
    if (begin_value(f))
        f->failure = values_set(f->values, f->node, text, n);
    if (!f->failure)
        f->values->nodes[f->node].type = (uint8_t)type;
    return !f->failure;
}

static int on_null(void *data)
{
    return set_value(data, VALUE_NULL, "null", 4);
}

static int on_boolean(void *data, int value)
{
    return value ? set_value(data, VALUE_BOOLEAN, "true", 4)
                 : set_value(data, VALUE_BOOLEAN, "false", 5);
}

static int on_number(void *data, const char *text, size_t n)
{
    return set_value(data, VALUE_NUMBER, text, n);
}

static int on_string(void *data, const unsigned char *text, size_t n)
{
    return set_value(data, VALUE_TEXT, (const char *)text, n);
}

static int open_level(struct flatten *f, int64_t member)
{
    if (!begin_value(f))
        return 0;
    if (f->depth == FLATTEN_DEPTH_MAX) {
        f->failure = -E2BIG;
        return 0;
    }
    f->levels[f->depth] = f->node;
    f->members[f->depth++] = member;
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

    f->depth--;
    return 1;
}

static int on_key(void *data, const unsigned char *key, size_t n)
{
    struct flatten *f = data;

    uint32_t count = f->values->count;

    f->failure = values_name(f->values, f->levels[f->depth - 1], VALUE_NAME,
                             (const char *)key, n, &f->node);
    if (!f->failure && f->strict && f->values->count == count)
        f->failure = -EINVAL;
    return !f->failure;
}

/* xl counts its NUL and a newline to the text. */
static size_t trimmed_length(const char *text, size_t n)
{
    while (n && (unsigned char)text[n - 1] <= ' ')
        n--;
    return n;
}

int flatten_failed(int r, uint64_t offset, struct xr_error *err)
{
    if (r == -ENOMEM)
        return error_set(err, ENOMEM, "out of memory");
    if (r == -E2BIG)
        return error_at(err, E2BIG, offset, "a configuration that is nested "
                        "deeper than %d levels or takes more than %d MiB",
                        FLATTEN_DEPTH_MAX, VALUES_BYTES_MAX >> 20);
    return error_at(err, EINVAL, offset, "the configuration is not valid JSON");
}

static int flatten(bool strict, const char *text, size_t n,
                   struct values *out, struct xr_error *err)
{
    static const yajl_callbacks callbacks = {
        .yajl_null = on_null,
        .yajl_boolean = on_boolean,
        .yajl_number = on_number,
        .yajl_string = on_string,
        .yajl_start_map = on_open_map,
        .yajl_map_key = on_key,
        .yajl_end_map = on_close,
        .yajl_start_array = on_open_array,
        .yajl_end_array = on_close,
    };
    struct flatten f = { .values = out, .strict = strict };
    size_t bad = 0;
    int r;

    out->separator = '.';
    r = json_parse(&callbacks, &f, text, trimmed_length(text, n), &bad);
    if (!r)
        return 0;
    values_free(out);
    if (strict && f.failure == -EINVAL)
        return error_at(err, EINVAL, bad, "a name stands twice in an object "
                        "of the configuration");
    return flatten_failed(r == -ENOMEM || !f.failure ? r : f.failure, bad,
                          err);
}

int flatten_json(const char *text, size_t n, struct values *out,
                 struct xr_error *err)
{
    return flatten(false, text, n, out, err);
}

int flatten_json_strictly(const char *text, size_t n, struct values *out,
                          struct xr_error *err)
{
    return flatten(true, text, n, out, err);
}
