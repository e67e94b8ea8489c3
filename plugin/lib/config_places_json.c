/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libxl's JSON:
 *
 *   { "c_info": { "name": ..., "uuid": ... },
 *     "disks": [ { "pdev_path": ..., "vdev": ..., "format": ... }, ... ],
 *     "nics": [ { "mac": ..., "bridge": ... }, ... ] }
 *
 * yajl says what a value is, and how far it has come; between two of its
 * calls there are blanks, colons and commas only.
 */
#include "config.h"

#include "lib/config_places.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/flatten.h"
#include "lib/json_parser.h"

/* What a map or an array is. */
enum level {
    LEVEL_OTHER,
    LEVEL_ALL,
    LEVEL_DOMAIN,
    LEVEL_DISKS,
    LEVEL_DISK,
    LEVEL_VIFS,
    LEVEL_VIF,
};

struct json_finder {
    struct config_places *places;
    const char *text;
    yajl_handle parser;    /* while it calls */
    size_t last;           /* behind what it has told of */
    enum level levels[FLATTEN_DEPTH_MAX];
    size_t depth;
    const char *key;       /* of the next value: one of ours, or NULL */
    struct config_place *place; /* of the innermost level, if it is one */
    int failure;
};

static const struct {
    enum level level;
    const char *key;
    enum config_word word;
} words[] = {
    { LEVEL_DOMAIN, "name", CONFIG_WORD_NAME },
    { LEVEL_DOMAIN, "uuid", CONFIG_WORD_UUID },
    { LEVEL_DOMAIN, "domid", CONFIG_WORD_DOMID },
    { LEVEL_DISK, "vdev", CONFIG_WORD_VDEV },
    { LEVEL_DISK, "pdev_path", CONFIG_WORD_TARGET },
    { LEVEL_DISK, "format", CONFIG_WORD_FORMAT },
    { LEVEL_VIF, "mac", CONFIG_WORD_MAC },
    { LEVEL_VIF, "bridge", CONFIG_WORD_BRIDGE },
};

enum { WORDS = sizeof(words) / sizeof(*words) };

static const struct {
    enum level level;
    const char *key; /* NULL: any member of an array */
    bool array;
    enum level opened;
} inner[] = {
    { LEVEL_ALL, "c_info", false, LEVEL_DOMAIN },
    { LEVEL_ALL, "disks", true, LEVEL_DISKS },
    { LEVEL_ALL, "nics", true, LEVEL_VIFS },
    { LEVEL_DISKS, NULL, false, LEVEL_DISK },
    { LEVEL_VIFS, NULL, false, LEVEL_VIF },
};

enum { INNER = sizeof(inner) / sizeof(*inner) };

static enum level innermost(const struct json_finder *f)
{
    return f->depth ? f->levels[f->depth - 1] : LEVEL_OTHER;
}

static bool is_config_key(const char *key, const char *wanted)
{
    return key ? wanted && !strcmp(key, wanted) : !wanted;
}

/* The word that the next value is; CONFIG_WORDS: none. */
static enum config_word awaited_word(const struct json_finder *f)
{
    size_t i;

    for (i = 0; i < WORDS; i++)
        if (words[i].level == innermost(f)
            && is_config_key(f->key, words[i].key))
            return words[i].word;
    return CONFIG_WORDS;
}

/* The parser has come to the end of a token: where it begins. */
static size_t take_token(struct json_finder *f)
{
    size_t begin = f->last;

    f->last = yajl_get_bytes_consumed(f->parser);
    while (begin < f->last && strchr(" \t\n\v\f\r:,", f->text[begin]))
        begin++;
    return begin;
}

static int take_config_value(struct json_finder *f, const unsigned char *text,
                      size_t n)
{
    enum config_word word = awaited_word(f);
    size_t begin = take_token(f);
    struct config_span *span;

    f->key = NULL;
    if (word == CONFIG_WORDS)
        return 1;
    span = &f->place->words[word];
    *span = (struct config_span){ .begin = begin, .end = f->last };
    /* libxl reads it up to a NUL, too. */
    span->value = text ? strndup((const char *)text, n) : NULL;
    f->failure = text && !span->value ? -ENOMEM : 0;
    return !f->failure;
}

static int on_other_value(struct json_finder *f)
{
    return take_config_value(f, NULL, 0);
}

static int on_config_null(void *data)
{
    return on_other_value(data);
}

static int on_config_boolean(void *data, int value)
{
    (void)value;
    return on_other_value(data);
}

static int on_config_number(void *data, const char *text, size_t n)
{
    (void)text;
    (void)n;
    return on_other_value(data);
}

static int on_config_string(void *data, const unsigned char *text, size_t n)
{
    return take_config_value(data, text, n);
}

static int on_config_key(void *data, const unsigned char *key, size_t n)
{
    struct json_finder *f = data;
    size_t i;

    take_token(f);
    f->key = "";
    if (f->place)
        f->place->empty = false;
    /* To libxl a name ends at a NUL. */
    if (memchr(key, '\0', n))
        f->failure = -EINVAL;
    for (i = 0; i < WORDS + INNER; i++) {
        const char *ours = i < WORDS ? words[i].key : inner[i - WORDS].key;

        if (ours && strlen(ours) == n && !memcmp(ours, key, n))
            f->key = ours;
    }
    return !f->failure;
}

static enum level opened_level(const struct json_finder *f, bool array)
{
    size_t i;

    if (!f->depth)
        return array ? LEVEL_OTHER : LEVEL_ALL;
    for (i = 0; i < INNER; i++)
        if (inner[i].level == innermost(f) && inner[i].array == array
            && is_config_key(f->key, inner[i].key))
            return inner[i].opened;
    return LEVEL_OTHER;
}

/* A level that has words.  Its members are told of before another opens. */
static void begin_place(struct json_finder *f, enum level level)
{
    f->place = NULL;
    if (level != LEVEL_DOMAIN && level != LEVEL_DISK && level != LEVEL_VIF)
        return;
    f->place = config_places_add(f->places,
                                 level == LEVEL_DOMAIN ? CONFIG_PLACE_DOMAIN
                                 : level == LEVEL_DISK ? CONFIG_PLACE_DISK
                                 : CONFIG_PLACE_VIF, &f->failure);
    if (!f->place)
        return;
    f->place->inside = f->last;
    f->place->empty = true;
}

static int open_place(struct json_finder *f, bool array)
{
    enum level level = opened_level(f, array);

    if (awaited_word(f) != CONFIG_WORDS)
        f->failure = -EINVAL; /* a word that is no text */
    else if (f->depth == FLATTEN_DEPTH_MAX)
        f->failure = -E2BIG;
    if (f->failure)
        return 0;
    take_token(f);
    f->key = NULL;
    f->levels[f->depth++] = level;
    begin_place(f, level);
    return !f->failure;
}

static int on_config_map(void *data)
{
    return open_place(data, false);
}

static int on_config_array(void *data)
{
    return open_place(data, true);
}

/* Of places within each other there are none, but within other levels. */
static int on_config_close(void *data)
{
    struct json_finder *f = data;
    enum level level;

    take_token(f);
    f->depth--;
    f->key = NULL;
    level = innermost(f);
    f->place = level == LEVEL_DOMAIN || level == LEVEL_DISK
               || level == LEVEL_VIF
                   ? &f->places->places[f->places->count - 1] : NULL;
    return 1;
}

/* xl counts its NUL and a newline to the text. */
static size_t length_of(const char *text, size_t n)
{
    n = strnlen(text, n);
    while (n && (unsigned char)text[n - 1] <= ' ')
        n--;
    return n;
}

/* No name stands twice in an object: libxl goes by the first, others do not. */
static int check_names(const char *text, size_t n, struct xr_error *err)
{
    CLEANUP_VALUES struct values values = { 0 };

    return flatten_json_strictly(text, n, &values, err);
}

int config_places_find_json(const char *text, size_t n,
                            struct config_places *out, struct xr_error *err)
{
    static const yajl_callbacks callbacks = {
        .yajl_null = on_config_null,
        .yajl_boolean = on_config_boolean,
        .yajl_number = on_config_number,
        .yajl_string = on_config_string,
        .yajl_start_map = on_config_map,
        .yajl_map_key = on_config_key,
        .yajl_end_map = on_config_close,
        .yajl_start_array = on_config_array,
        .yajl_end_array = on_config_close,
    };
    struct json_finder f = { .places = out, .text = text };
    size_t bad = 0;
    int r;

    n = length_of(text, n);
    r = check_names(text, n, err);
    if (r)
        return r;
    r = json_parse_with(&callbacks, &f, &f.parser, text, n, &bad);
    return r ? flatten_failed(r == -ENOMEM || !f.failure ? r : f.failure, bad,
                              err) : 0;
}
