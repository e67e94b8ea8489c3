/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/image_disks.h"
#include "cli/list.h"

#include "util/reason.h"

static void json_labels(yajl_gen g, const struct keylist *labels)
{
    size_t i;

    json_key(g, "labels");
    yajl_gen_map_open(g);
    for (i = 0; i < labels->count; i++) {
        json_key(g, labels->pairs[i].key);
        json_string(g, labels->pairs[i].value, labels->pairs[i].value_length);
    }
    yajl_gen_map_close(g);
}

static void json_known_bytes(yajl_gen g, const char *key, uint64_t bytes)
{
    if (bytes == OCCUPANCY_UNKNOWN)
        json_null(g, key);
    else
        json_number(g, key, bytes);
}

static void json_summary(yajl_gen g, const struct image_summary *s)
{
    json_text(g, "container", container_name(s->container));
    json_text(g, "layout", save_layout_name(s->layout));
    json_labels(g, &s->labels);
    json_image_disks(g, &s->disks);
    json_number(g, "bytes", s->size);
    json_known_bytes(g, "bytes_occupied", s->occupancy.bytes);
    json_known_bytes(g, "bytes_shared", s->occupancy.shared);
    json_bool(g, "record", s->has_record);
    json_bool(g, "sealed", s->sealed);
    json_text(g, "resumable", verdict_answer_name(s->resumable));
}

static void json_unreadable(yajl_gen g, const struct listed_image *image)
{
    struct xr_error err = image->error;

    error_name_file(&err, image->path);
    json_key(g, "error");
    yajl_gen_map_open(g);
    json_text(g, "code", reason_name(err.reason));
    json_text(g, "message", err.message);
    if (err.offset != XR_NO_OFFSET)
        json_number(g, "offset", err.offset);
    yajl_gen_map_close(g);
}

void json_listed(yajl_gen g, const struct listed_image *image)
{
    char when[IMAGE_TIME_SIZE];

    image_time_text(image->when, when);
    json_text(g, "file", image->path);
    json_text(g, "name", image->summary.identity.name);
    json_text(g, "uuid", image->summary.identity.uuid);
    json_text(g, "saved_at", *when ? when : NULL);
    json_text(g, "saved_at_by", moment_source_name(image->source));
    if (image->readable)
        json_summary(g, &image->summary);
    else
        json_unreadable(g, image);
}

void list_json(yajl_gen g, const struct image_list *list)
{
    size_t i;

    json_key(g, "images");
    yajl_gen_array_open(g);
    for (i = 0; i < list->count; i++) {
        yajl_gen_map_open(g);
        json_listed(g, &list->items[i]);
        yajl_gen_map_close(g);
    }
    yajl_gen_array_close(g);
}
