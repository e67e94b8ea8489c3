/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "util/buffer.h"

yajl_gen json_new(void)
{
    yajl_gen g = yajl_gen_alloc(NULL);

    if (g) {
        yajl_gen_config(g, yajl_gen_beautify, 1);
        yajl_gen_config(g, yajl_gen_indent_string, "  ");
        yajl_gen_config(g, yajl_gen_validate_utf8, 1);
    }
    return g;
}

void json_print(yajl_gen g)
{
    const unsigned char *text;
    size_t n;

    if (yajl_gen_get_buf(g, &text, &n) == yajl_gen_status_ok)
        fwrite(text, 1, n, stdout);
}

void json_free(yajl_gen *g)
{
    if (*g)
        yajl_gen_free(*g);
    *g = NULL;
}

void json_string(yajl_gen g, const char *bytes, size_t n)
{
    CLEANUP_BUFFER struct buffer safe = { 0 };

    /* yajl refuses what is not UTF-8 and leaves its state as it was. */
    if (yajl_gen_string(g, (const unsigned char *)bytes, n)
        != yajl_gen_invalid_string)
        return;
    buffer_put_safe(&safe, bytes, n);
    yajl_gen_string(g, (const unsigned char *)(safe.data ? safe.data : ""),
                    safe.length);
}

void json_key(yajl_gen g, const char *key)
{
    json_string(g, key, strlen(key));
}

void json_text(yajl_gen g, const char *key, const char *text)
{
    json_key(g, key);
    if (text)
        json_string(g, text, strlen(text));
    else
        yajl_gen_null(g);
}

void json_number(yajl_gen g, const char *key, uint64_t value)
{
    char text[24];
    int n = snprintf(text, sizeof(text), "%" PRIu64, value);

    json_key(g, key);
    yajl_gen_number(g, text, (size_t)n);
}

void json_bool(yajl_gen g, const char *key, bool value)
{
    json_key(g, key);
    yajl_gen_bool(g, value);
}

void json_null(yajl_gen g, const char *key)
{
    json_key(g, key);
    yajl_gen_null(g);
}
