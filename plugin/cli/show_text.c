/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/facts.h"
#include "cli/image_disks.h"
#include "cli/show.h"
#include "cli/table.h"
#include "lib/judge_list.h"
#include "lib/save_image.h"

enum { RECORDS_MAX = 1000000 };

int records_add(const struct save_image_record *record, void *data)
{
    struct records *records = data;
    struct save_image_record *items;

    if (records->count == RECORDS_MAX)
        return -E2BIG;
    /* Grows at every power of two. */
    if (!(records->count & (records->count - 1))) {
        items = reallocarray(records->items, records->count
                             ? 2 * records->count : 1, sizeof(*items));
        if (!items)
            return -ENOMEM;
        records->items = items;
    }
    records->items[records->count++] = *record;
    return 0;
}

void records_free(struct records *records)
{
    free(records->items);
    *records = (struct records){ 0 };
}

static void show_size(const char *path, uint64_t bytes)
{
    char size[SIZE_TEXT_MAX];

    size_text(bytes, size);
    if (bytes)
        print_line("Image", "%s, %s", path, size);
    else
        print_line("Image", "%s", path);
}

static void show_container(const struct save_image *image)
{
    const char *holds = image->xml ? ", with the domain's XML"
                      : image->config_is_json ? ", with the configuration"
                      : "";

    print_line("Container", "%s%s", container_name(image->container), holds);
    if (image->xen_major)
        print_line("Stream", "%s, written on Xen %" PRIu32 ".%" PRIu32,
                   save_image_type(image), image->xen_major, image->xen_minor);
}

static const char *get(const struct save_image *image, const char *key)
{
    const char *value = keylist_get(&image->metadata, key);

    return value ? value : "?";
}

static void show_verdict(const struct save_image *image)
{
    struct verdict verdict;

    if (judge_metadata(&image->metadata, NULL, &verdict)) {
        lose_output("out of memory");
        return;
    }
    print_verdict("Resumable", verdict.resumable, verdict.reason);
}

/* The record in words, and the rest of its keys as they are. */
static void show_metadata(const struct save_image *image)
{
    static const char *const said[] = {
        "disk.", "domain.", "saved.", "suspend.",
    };
    struct table *t = table_new();
    size_t i, j;

    print_line("Domain", "%s, %s, %s", get(image, "domain.name"),
               get(image, "domain.type"), get(image, "domain.uuid"));
    print_line("Saved", "%s on %s, Xen %s, for a %s", get(image, "saved.at"),
               get(image, "saved.host"), get(image, "saved.xen"),
               strcmp(get(image, "saved.intent"), "unknown")
               ? get(image, "saved.intent") : "purpose that was not told");
    print_line("By", "%s", get(image, "saved.by"));
    show_verdict(image);
    print_line("Record", "version %u.%u, %" PRIu32 " bytes at offset %" PRIu64,
               image->metadata_info.major, image->metadata_info.minor,
               image->metadata_length, image->metadata_offset);
    table_column(t, "KEY");
    table_column(t, "VALUE");
    for (i = 0; i < image->metadata.count; i++) {
        const struct keypair *pair = &image->metadata.pairs[i];

        for (j = 0; j < sizeof(said) / sizeof(said[0]); j++)
            if (!strncmp(pair->key, said[j], strlen(said[j])))
                break;
        if (j < sizeof(said) / sizeof(said[0]))
            continue;
        table_row(t);
        table_cell(t, pair->key);
        table_cell(t, pair->value);
    }
    printf("\n");
    table_print(t, "");
    table_free(t);
}

/* There may be a million: no table, whose columns wait for the last one. */
static void show_records(const struct records *records)
{
    size_t i;

    printf("\n%-12s %-5s %-10s %-9s NAME\n", "OFFSET", "LAYER", "TYPE",
           "LENGTH");
    for (i = 0; i < records->count; i++) {
        const struct save_image_record *r = &records->items[i];

        printf("%-12" PRIu64 " %-5s 0x%08" PRIx32 " %-9" PRIu32 " %s\n",
               r->offset, r->layer, r->type, r->length,
               r->name ? r->name : "unknown");
    }
}

static void show_seal(const struct save_image *image)
{
    char digest[SEAL_TEXT_SIZE];

    if (!image->has_seal)
        return;
    seal_text(&image->seal, digest);
    print_line("Seal", "XXH3-128 %s%s over %" PRIu64 " bytes",
               image->seal.version == SEAL_OF_PAGES ? "of each page, " : "",
               digest, image->seal.length);
}

/* Why nothing is known of the guest. */
static void show_no_metadata(const struct save_image *image)
{
    if (image->metadata_error.code)
        print_marked("Record", MARK_BAD, "at offset %" PRIu64 ", but not "
                     "readable: %s", image->metadata_offset,
                     image->metadata_error.message);
    else
        print_line("Record", "none: nothing is known of the guest's kernel");
}

static void show_layout(const struct shown *shown)
{
    const char *layout = save_layout_name(shown->image->layout);
    const struct occupancy *o = &shown->occupancy;
    char bytes[SIZE_TEXT_MAX], shared[SIZE_TEXT_MAX];

    if (layout)
        print_line("Layout", "%s", layout);
    if (o->bytes == OCCUPANCY_UNKNOWN)
        return;
    size_text(o->bytes, bytes);
    size_text(o->shared, shared);
    if (o->shared != OCCUPANCY_UNKNOWN && o->shared)
        print_line("Occupies", "%s, %s of them shared with other files", bytes,
                   shared);
    else
        print_line("Occupies", "%s", bytes);
}

void show_text(const char *path, const struct shown *shown)
{
    const struct save_image *image = shown->image;

    show_size(path, image->size);
    show_container(image);
    show_layout(shown);
    show_seal(image);
    if (image->has_metadata) {
        show_metadata(image);
        print_image_disks(&shown->disks);
    } else {
        show_no_metadata(image);
    }
    if (shown->records)
        show_records(shown->records);
}
