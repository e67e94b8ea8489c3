/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "format/keylist.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/cleanup.h"
#include "util/number.h"

bool keylist_key_valid(const char *key, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++)
        if (key[i] <= 0x20 || key[i] >= 0x7f || strchr("=,\\", key[i]))
            return false;
    return n > 0;
}

static struct keypair *find_pair(const struct keylist *list, const char *key)
{
    size_t i;

    for (i = 0; i < list->count; i++)
        if (!strcmp(list->pairs[i].key, key))
            return &list->pairs[i];
    return NULL;
}

/* Room for one more pair. */
static int reserve_pair(struct keylist *list)
{
    size_t capacity = list->capacity ? 2 * list->capacity : 16;
    struct keypair *pairs;

    if (list->count < list->capacity)
        return 0;
    if (list->count >= KEYLIST_PAIRS_MAX)
        return -E2BIG;
    pairs = reallocarray(list->pairs, capacity, sizeof(*pairs));
    if (!pairs)
        return -ENOMEM;
    list->pairs = pairs;
    list->capacity = capacity;
    return 0;
}

static char *copy_bytes(const char *bytes, size_t n)
{
    char *copy = malloc(n + 1);

    if (copy) {
        if (n)
            memcpy(copy, bytes, n);
        copy[n] = '\0';
    }
    return copy;
}

int keylist_set(struct keylist *list, const char *key, const char *value,
                size_t value_length)
{
    struct keypair *pair = find_pair(list, key);
    CLEANUP_FREE char *new_value = NULL;
    CLEANUP_FREE char *new_key = NULL;
    int r;

    if (!keylist_key_valid(key, strlen(key)))
        return -EINVAL;
    new_value = copy_bytes(value, value_length);
    if (!new_value)
        return -ENOMEM;
    if (pair) {
        free(pair->value);
        pair->value = STEAL(new_value);
        pair->value_length = value_length;
        return 0;
    }
    new_key = strdup(key);
    if (!new_key)
        return -ENOMEM;
    r = reserve_pair(list);
    if (r)
        return r;
    list->pairs[list->count++] = (struct keypair){
        .key = STEAL(new_key),
        .value = STEAL(new_value),
        .value_length = value_length,
    };
    return 0;
}

int keylist_set_text(struct keylist *list, const char *key,
                     const char *value)
{
    return keylist_set(list, key, value, strlen(value));
}

const struct keypair *keylist_find(const struct keylist *list,
                                   const char *key)
{
    return find_pair(list, key);
}

const char *keylist_get(const struct keylist *list, const char *key)
{
    const struct keypair *pair = find_pair(list, key);

    return pair ? pair->value : NULL;
}

bool keylist_get_number(const struct keylist *list, const char *key,
                        uint64_t *out)
{
    const struct keypair *pair = find_pair(list, key);

    return pair && strlen(pair->value) == pair->value_length
           && number_parse(pair->value, out);
}

int keylist_copy_prefix(struct keylist *to, const struct keylist *from,
                        const char *prefix)
{
    size_t skip = strlen(prefix);
    size_t i;
    int r;

    for (i = 0; i < from->count; i++) {
        const struct keypair *pair = &from->pairs[i];

        if (strncmp(pair->key, prefix, skip) || !pair->key[skip])
            continue;
        r = keylist_set(to, pair->key + skip, pair->value,
                        pair->value_length);
        if (r)
            return r;
    }
    return 0;
}

static void print_value(const struct keypair *pair, struct buffer *out)
{
    size_t i;

    for (i = 0; i < pair->value_length; i++) {
        unsigned char c = (unsigned char)pair->value[i];

        if (c == '\\' || c == ',')
            buffer_printf(out, "\\%c", c);
        else if (c >= 0x20 && c < 0x7f)
            buffer_append(out, &c, 1);
        else
            buffer_printf(out, "\\x%02x", c);
    }
}

void keylist_print(const struct keylist *list, struct buffer *out)
{
    size_t i;

    for (i = 0; i < list->count; i++) {
        buffer_printf(out, "%s%s=", i ? "," : "", list->pairs[i].key);
        print_value(&list->pairs[i], out);
    }
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* One escape at text[*pos] (the backslash); appends the byte it stands for. */
static int parse_escape(const char *text, size_t n, size_t *pos,
                        struct buffer *out, struct xr_error *err)
{
    size_t room = n - *pos;
    char byte;

    if (room >= 2 && (text[*pos + 1] == '\\' || text[*pos + 1] == ',')) {
        byte = text[*pos + 1];
        *pos += 2;
    } else if (room >= 4 && text[*pos + 1] == 'x'
               && hex_digit(text[*pos + 2]) >= 0
               && hex_digit(text[*pos + 3]) >= 0) {
        byte = (char)(hex_digit(text[*pos + 2]) << 4
                      | hex_digit(text[*pos + 3]));
        *pos += 4;
    } else {
        return error_at(err, EINVAL, *pos, "unknown escape in a value");
    }
    buffer_append(out, &byte, 1);
    return 0;
}

/* The value from text[*pos] to the next bare comma or the end. */
static int parse_value(const char *text, size_t n, size_t *pos,
                       struct buffer *out, struct xr_error *err)
{
    size_t run;
    int r;

    while (*pos < n && text[*pos] != ',') {
        if (text[*pos] == '\\') {
            r = parse_escape(text, n, pos, out, err);
            if (r)
                return r;
            continue;
        }
        for (run = *pos; run < n && text[run] != ',' && text[run] != '\\';)
            run++;
        buffer_append(out, text + *pos, run - *pos);
        *pos = run;
    }
    return 0;
}

static int parse_pair(const char *text, size_t n, size_t *pos,
                      struct keylist *list, struct xr_error *err)
{
    CLEANUP_BUFFER struct buffer value = { 0 };
    CLEANUP_FREE char *key = NULL;
    size_t start = *pos;
    const char *equals = memchr(text + start, '=', n - start);
    size_t length = equals ? (size_t)(equals - text) - start : 0;
    int r;

    if (!equals || !keylist_key_valid(text + start, length))
        return error_at(err, EINVAL, start, "no valid key before '='");
    key = copy_bytes(text + start, length);
    *pos = start + length + 1;
    r = parse_value(text, n, pos, &value, err);
    if (r)
        return r;
    if (!key || buffer_failed(&value))
        return error_set(err, ENOMEM, "out of memory");
    r = keylist_set(list, key, value.data ? value.data : "", value.length);
    if (r)
        return error_at(err, -r, start, "%s", r == -E2BIG
                        ? "too many keys" : "out of memory");
    return 0;
}

int keylist_parse(const char *text, size_t n, struct keylist *out,
                  struct xr_error *err)
{
    CLEANUP_KEYLIST struct keylist list = { 0 };
    size_t pos = 0;
    int r;

    if (n > KEYLIST_TEXT_MAX)
        return error_at(err, E2BIG, KEYLIST_TEXT_MAX, "list too long");
    while (pos < n) {
        r = parse_pair(text, n, &pos, &list, err);
        if (r)
            return r;
        if (pos == n)
            break;
        pos++;
        if (pos == n)
            return error_at(err, EINVAL, pos, "nothing after the last comma");
    }
    *out = list;
    list = (struct keylist){ 0 };
    return 0;
}

void keylist_free(struct keylist *list)
{
    int saved = errno;
    size_t i;

    for (i = 0; i < list->count; i++) {
        free(list->pairs[i].key);
        free(list->pairs[i].value);
    }
    free(list->pairs);
    *list = (struct keylist){ 0 };
    errno = saved;
}
