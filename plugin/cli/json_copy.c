/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/json_copy.h"

#include <errno.h>

#include "cli/cli.h"
#include "cli/json.h"
#include "lib/json_parser.h"

static int copied(yajl_gen_status status)
{
    return status == yajl_gen_status_ok;
}

static int copy_null(void *g)
{
    return copied(yajl_gen_null(g));
}

static int copy_boolean(void *g, int value)
{
    return copied(yajl_gen_bool(g, value));
}

static int copy_number(void *g, const char *text, size_t n)
{
    return copied(yajl_gen_number(g, text, n));
}

static int copy_string(void *g, const unsigned char *text, size_t n)
{
    return copied(json_string(g, (const char *)text, n));
}

static int copy_start_map(void *g)
{
    return copied(yajl_gen_map_open(g));
}

static int copy_end_map(void *g)
{
    return copied(yajl_gen_map_close(g));
}

static int copy_start_array(void *g)
{
    return copied(yajl_gen_array_open(g));
}

static int copy_end_array(void *g)
{
    return copied(yajl_gen_array_close(g));
}

static bool copy_json(yajl_gen g, const char *text, size_t n)
{
    static const yajl_callbacks callbacks = {
        .yajl_null = copy_null,
        .yajl_boolean = copy_boolean,
        .yajl_number = copy_number,
        .yajl_string = copy_string,
        .yajl_start_map = copy_start_map,
        .yajl_map_key = copy_string,
        .yajl_end_map = copy_end_map,
        .yajl_start_array = copy_start_array,
        .yajl_end_array = copy_end_array,
    };
    int r = json_parse(&callbacks, g, text, n, NULL);

    if (r == -ENOMEM)
        lose_output("out of memory");
    return !r;
}

/* Two levels are left to what stands around the copy. */
bool json_is_sound(const char *text, size_t n)
{
    CLEANUP_JSON yajl_gen g = json_new_trial();
    int i;

    for (i = 0; i < 2; i++)
        yajl_gen_array_open(g);
    return copy_json(g, text, n);
}

void json_copy(yajl_gen g, const char *text, size_t n)
{
    (void)copy_json(g, text, n);
}
