/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/image_disks.h"

#include <stdio.h>

#include "cli/facts.h"
#include "cli/table.h"
#include "engine/kept_disks.h"

void json_image_disks(yajl_gen g, const struct image_disks *disks)
{
    size_t i;

    json_key(g, "disks");
    yajl_gen_array_open(g);
    for (i = 0; i < disks->count; i++) {
        const struct image_disk *disk = &disks->items[i];

        yajl_gen_map_open(g);
        json_text(g, "vdev", disk->dev);
        json_text(g, "kind", disk->kind);
        json_text(g, "target", disk->target);
        json_text(g, "format", disk->format);
        json_bool(g, "written", disk->written);
        json_text(g, "driver", disk->driver);
        json_text(g, "copy", disk->copy);
        yajl_gen_map_close(g);
    }
    yajl_gen_array_close(g);
}

static const char *name_of_copy(const struct image_disk *disk)
{
    return disk->copy ? disk->copy
                      : disk->written ? "not kept" : "only read";
}

static void print_disk_row(struct table *t, const struct image_disk *disk)
{
    char size[SIZE_TEXT_MAX] = "";

    if (disk->has_size)
        size_text(disk->size, size);
    table_row(t);
    table_cell(t, disk->dev);
    table_cell(t, disk->target ? disk->target : "?");
    table_cell(t, disk->format ? disk->format : "?");
    table_cell(t, size);
    table_cell(t, disk->driver ? disk->driver : "");
    table_cell(t, name_of_copy(disk));
}

void print_image_disks(const struct image_disks *disks)
{
    struct table *t;
    size_t i;

    if (!disks->count)
        return;
    t = table_new();
    table_column(t, "DISK");
    table_column(t, "TARGET");
    table_column(t, "FORMAT");
    table_column(t, "SIZE");
    table_column(t, "KEPT BY");
    table_column(t, "COPY");
    for (i = 0; i < disks->count; i++)
        print_disk_row(t, &disks->items[i]);
    printf("\n");
    table_print(t, "");
    table_free(t);
}

void json_put_back(yajl_gen g, const struct disk_copies *copies)
{
    size_t i;

    json_key(g, "put_back");
    yajl_gen_array_open(g);
    for (i = 0; copies && i < copies->count; i++) {
        yajl_gen_map_open(g);
        json_text(g, "vdev", copies->items[i].dev);
        json_text(g, "target", copies->items[i].target);
        json_text(g, "copy", copies->items[i].copy);
        yajl_gen_map_close(g);
    }
    yajl_gen_array_close(g);
}

void print_put_back(const struct disk_copies *copies, bool done)
{
    size_t i;

    for (i = 0; copies && i < copies->count; i++)
        print_line(done ? "Put back" : "To put back", "%s, %s, from %s",
                   copies->items[i].dev, copies->items[i].target,
                   copies->items[i].copy);
}

static const char *origin_of(const struct disk_copies *origin,
                             const struct disk_copy *clone)
{
    const struct disk_copy *copy = kept_disks_get(origin, clone->dev);

    return copy ? copy->copy : "?";
}

void json_made(yajl_gen g, const struct disk_copies *clones,
               const struct disk_copies *origin)
{
    size_t i;

    json_key(g, "made");
    yajl_gen_array_open(g);
    for (i = 0; clones && i < clones->count; i++) {
        const struct disk_copy *clone = &clones->items[i];

        yajl_gen_map_open(g);
        json_text(g, "vdev", clone->dev);
        json_text(g, "target", clone->target);
        json_text(g, "copy", origin_of(origin, clone));
        yajl_gen_map_close(g);
    }
    yajl_gen_array_close(g);
}

void print_made(const struct disk_copies *clones,
                const struct disk_copies *origin, bool done)
{
    size_t i;

    for (i = 0; clones && i < clones->count; i++)
        print_line(done ? "Made" : "To make", "%s, %s, from %s",
                   clones->items[i].dev, clones->items[i].target,
                   origin_of(origin, &clones->items[i]));
    if (clones)
        print_line("Later", "when the domain is gone, xen-resumable prune "
                   "--drop-copies=%s removes what was made", clones->id);
}
