/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/images.h"

static const struct xr_error *first_failure(const struct image_answers *a)
{
    const struct xr_error *first = NULL;
    size_t i;

    for (i = 0; i < a->count && !first; i++)
        first = a->failure(a->data, i);
    return first;
}

static void json_image(yajl_gen g, const struct image_answers *a, size_t i)
{
    yajl_gen_map_open(g);
    json_text(g, "image", a->path(a->data, i));
    json_ok(g, a->failure(a->data, i));
    a->put(g, a->data, i);
    yajl_gen_map_close(g);
}

void json_images(const struct output *out, const struct image_answers *a)
{
    yajl_gen g = output_result_begin(out, first_failure(a), NULL);
    size_t i;

    if (a->count == 1) {
        a->put(g, a->data, 0);
    } else {
        json_key(g, "images");
        yajl_gen_array_open(g);
        for (i = 0; i < a->count; i++)
            json_image(g, a, i);
        yajl_gen_array_close(g);
    }
    output_result_end(out, g);
}
