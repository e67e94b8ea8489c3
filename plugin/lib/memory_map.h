/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where the newest copy of each page of a guest lies in a file.  Pages have
 * the numbers of the image's entries: guest-physical frames of an HVM or PVH
 * guest, pseudo-physical frames of a PV guest.
 *
 * A page takes 8 bytes of memory, a record with pages 16 (lib/page_map.h has
 * the bound on gaps between numbers), so that the map of an image costs no
 * more than a quarter of a percent of what the image takes.
 */
#ifndef LIB_MEMORY_MAP_H
#define LIB_MEMORY_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/page_map.h"
#include "util/error.h"

/* Pages that lie one behind another in the file. */
struct memory_extent {
    uint64_t offset;
    uint32_t first;  /* the place of its first page */
};

struct memory_map {
    struct page_map pages;         /* the type is in filed */
    struct memory_extent *extents;
    size_t extent_count;
    uint32_t places;               /* of all extents */
    bool by_number;                /* page n lies at 4096 n; there are no extents */
};

/* Pages one behind another, both by number and in the file. */
struct memory_run {
    uint64_t first;
    uint64_t count;
    uint64_t offset; /* in the file */
    bool has_data;   /* false: memory that was never written; zeros */
};

/* So many places more; the first one's number is *place_out. */
int memory_map_extend(struct memory_map *map, uint64_t offset,
                      uint32_t pages, uint32_t *place_out,
                      struct xr_error *err);

/*
 * An entry of the image.  What it says counts as it does for libxc's restore
 * (tools/libs/guest/xg_sr_restore.c): one with data more than those before it;
 * one without never takes from the guest a page that was populated for it, nor
 * what that holds.  place counts where the type has data.  *had_data_out: so
 * far the page had data.
 */
int memory_map_set(struct memory_map *map, uint64_t number,
                   unsigned int type, uint32_t place, bool *had_data_out,
                   struct xr_error *err);

/*
 * The next run at or behind page from, of at most so many pages.  False: there
 * is no page any more.
 */
bool memory_map_next(const struct memory_map *map, uint64_t from,
                     uint64_t most, struct memory_run *out);

/*
 * The same, whatever the pages hold and wherever they lie: a range of memory.
 */
bool memory_map_range(const struct memory_map *map, uint64_t from,
                      uint64_t *first_out, uint64_t *count_out);

void memory_map_free(struct memory_map *map);

#endif
