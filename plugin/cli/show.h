/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A save image on the screen, for people and for programs.
 */
#ifndef CLI_SHOW_H
#define CLI_SHOW_H

#include <stddef.h>

#include "cli/output.h"
#include "lib/image_disks.h"
#include "lib/occupancy.h"
#include "lib/save_image.h"

struct records {
    struct save_image_record *items;
    size_t count;
};

/* A save_image_visit; data is a struct records.  -E2BIG beyond a million. */
int records_add(const struct save_image_record *record, void *data);
void records_free(struct records *records);

#define CLEANUP_RECORDS __attribute__((cleanup(records_free)))

/* What there is to show; records may be NULL: not asked for. */
struct shown {
    const struct save_image *image;
    const struct records *records;
    struct occupancy occupancy;
    struct image_disks disks;  /* as the record has them */
};

void show_text(const char *path, const struct shown *shown);
/* Members of an object. */
void show_json(yajl_gen g, const struct shown *shown);

#endif
