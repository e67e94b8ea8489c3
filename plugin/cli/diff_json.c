/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/diff_json.h"

#include "cli/json.h"

static void json_differences(yajl_gen g, const char *name,
                             const struct differences *d)
{
    size_t i;

    json_key(g, name);
    yajl_gen_array_open(g);
    for (i = 0; i < d->count; i++) {
        yajl_gen_map_open(g);
        json_text(g, "key", d->items[i].key);
        json_text(g, "a", d->items[i].a);
        json_text(g, "b", d->items[i].b);
        yajl_gen_map_close(g);
    }
    yajl_gen_array_close(g);
}

static void json_pages(yajl_gen g, const struct image_diff *diff)
{
    size_t i;

    json_key(g, "pages");
    yajl_gen_map_open(g);
    json_number(g, "changed", diff->pages_changed);
    json_number(g, "ranges_found", diff->ranges_found);
    json_key(g, "ranges");
    yajl_gen_array_open(g);
    for (i = 0; i < diff->range_count; i++) {
        yajl_gen_array_open(g);
        yajl_gen_integer(g, (long long)diff->ranges[i].first);
        yajl_gen_integer(g, (long long)diff->ranges[i].last);
        yajl_gen_array_close(g);
    }
    yajl_gen_array_close(g);
    yajl_gen_map_close(g);
}

void print_diff_json(const struct output *out, const struct image_diff *diff)
{
    yajl_gen g = output_result_begin(out, NULL, NULL);

    json_bool(g, "same", diff->same);
    json_number(g, "differences_found", diff->config.found
                + diff->metadata.found + diff->records.found);
    json_differences(g, "config", &diff->config);
    json_differences(g, "metadata", &diff->metadata);
    json_differences(g, "vcpus", &diff->records);
    json_pages(g, diff);
    output_result_end(out, g);
}
