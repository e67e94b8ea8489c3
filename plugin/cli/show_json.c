/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/image_disks.h"
#include "cli/json_copy.h"
#include "cli/show.h"

/* libxl's JSON as JSON; the old text format as a string. */
static void json_config(yajl_gen g, const struct save_image *image)
{
    size_t n = image->config_length;

    json_key(g, "config");
    if (!image->config)
        yajl_gen_null(g);
    else if (image->config_is_json && json_is_sound(image->config, n))
        json_copy(g, image->config, n);
    else
        json_string(g, image->config, n);
}

static void json_metadata(yajl_gen g, const struct save_image *image)
{
    char version[16];
    size_t i;

    if (!image->has_metadata) {
        json_null(g, "metadata");
        return;
    }
    snprintf(version, sizeof(version), "%u.%u", image->metadata_info.major,
             image->metadata_info.minor);
    json_key(g, "metadata");
    yajl_gen_map_open(g);
    json_text(g, "version", version);
    json_number(g, "offset", image->metadata_offset);
    json_number(g, "length", image->metadata_length);
    json_key(g, "keys");
    yajl_gen_map_open(g);
    for (i = 0; i < image->metadata.count; i++) {
        const struct keypair *pair = &image->metadata.pairs[i];

        json_key(g, pair->key);
        json_string(g, pair->value, pair->value_length);
    }
    yajl_gen_map_close(g);
    yajl_gen_map_close(g);
}

static void json_seal(yajl_gen g, const struct save_image *image)
{
    char digest[SEAL_TEXT_SIZE];

    if (!image->has_seal) {
        json_null(g, "seal");
        return;
    }
    seal_text(&image->seal, digest);
    json_key(g, "seal");
    yajl_gen_map_open(g);
    json_text(g, "algorithm", "XXH3-128");
    json_number(g, "length", image->seal.length);
    json_text(g, "digest", digest);
    yajl_gen_map_close(g);
}

static void json_records(yajl_gen g, const struct records *records)
{
    size_t i;

    json_key(g, "records");
    yajl_gen_array_open(g);
    for (i = 0; i < records->count; i++) {
        const struct save_image_record *r = &records->items[i];

        yajl_gen_map_open(g);
        json_number(g, "offset", r->offset);
        json_text(g, "layer", r->layer);
        json_number(g, "type", r->type);
        json_text(g, "name", r->name);
        json_number(g, "length", r->length);
        yajl_gen_map_close(g);
    }
    yajl_gen_array_close(g);
}

static void json_bytes(yajl_gen g, const char *key, uint64_t bytes)
{
    if (bytes == OCCUPANCY_UNKNOWN)
        json_null(g, key);
    else
        json_number(g, key, bytes);
}

void show_json(yajl_gen g, const struct shown *shown)
{
    const struct save_image *image = shown->image;
    char xen[32] = "";

    snprintf(xen, sizeof(xen), "%" PRIu32 ".%" PRIu32, image->xen_major,
             image->xen_minor);
    json_text(g, "container", container_name(image->container));
    json_config(g, image);
    json_key(g, "xml");
    if (image->xml)
        json_string(g, image->xml, image->xml_length);
    else
        yajl_gen_null(g);
    json_text(g, "xen", image->xen_major ? xen : NULL);
    json_text(g, "type", save_image_type(image));
    json_metadata(g, image);
    json_image_disks(g, &shown->disks);
    json_seal(g, image);
    json_text(g, "layout", save_layout_name(image->layout));
    json_bytes(g, "bytes_occupied", shown->occupancy.bytes);
    json_bytes(g, "bytes_shared", shown->occupancy.shared);
    if (shown->records)
        json_records(g, shown->records);
}
