/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "util/buffer.h"

static void text_to_stdout(void *data, const char *text, size_t n)
{
    (void)data;
    fwrite(text, 1, n, stdout);
}

static void drop_text(void *data, const char *text, size_t n)
{
    (void)data;
    (void)text;
    (void)n;
}

/* yajl takes every allocation for granted. */
static void *checked_memory(void *memory)
{
    if (memory)
        return memory;
    complain("out of memory");
    exit(STATUS_ERROR);
}

static void *memory_take(void *data, size_t n)
{
    (void)data;
    return checked_memory(malloc(n));
}

static void *memory_resize(void *data, void *memory, size_t n)
{
    (void)data;
    return checked_memory(realloc(memory, n));
}

static void memory_give_back(void *data, void *memory)
{
    (void)data;
    free(memory);
}

static yajl_gen generator_new(yajl_print_t write, bool beautiful)
{
    static const yajl_alloc_funcs memory = {
        memory_take, memory_resize, memory_give_back, NULL
    };
    yajl_gen g = yajl_gen_alloc(&memory);

    yajl_gen_config(g, yajl_gen_beautify, beautiful);
    yajl_gen_config(g, yajl_gen_indent_string, "  ");
    if (write)
        yajl_gen_config(g, yajl_gen_print_callback, write, NULL);
    return g;
}

yajl_gen json_new(void)
{
    return generator_new(text_to_stdout, true);
}

yajl_gen json_new_line(void)
{
    return generator_new(text_to_stdout, false);
}

yajl_gen json_new_kept(void)
{
    return generator_new(NULL, false);
}

yajl_gen json_new_trial(void)
{
    return generator_new(drop_text, true);
}

void json_free(yajl_gen *g)
{
    if (*g)
        yajl_gen_free(*g);
    *g = NULL;
}

/*
 * yajl's own check of UTF-8 lets overlong forms and surrogates through.  It
 * escapes ASCII's controls, but DEL and those of C1 steer terminals, too.
 */
static bool is_sound(const char *bytes, size_t n)
{
    const unsigned char *p = (const unsigned char *)bytes;
    size_t i = 0, length;

    while (i < n) {
        length = utf8_length(p + i, n - i);
        if (!length || p[i] == 0x7f || (p[i] == 0xc2 && p[i + 1] < 0xa0))
            return false;
        i += length;
    }
    return true;
}

yajl_gen_status json_string(yajl_gen g, const char *bytes, size_t n)
{
    CLEANUP_BUFFER struct buffer safe = { 0 };

    if (is_sound(bytes, n))
        return yajl_gen_string(g, (const unsigned char *)bytes, n);
    buffer_put_safe(&safe, bytes, n);
    if (buffer_failed(&safe))
        lose_output("out of memory");
    return yajl_gen_string(g, (const unsigned char *)
                           (safe.data ? safe.data : ""), safe.length);
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
