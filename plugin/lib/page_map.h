/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is known of each page of a guest, by its number: its place in an image,
 * and the types that its entries have.  Numbers may have wide gaps, as those
 * of HVM guests; memory is taken for 512 at a time.
 */
#ifndef LIB_PAGE_MAP_H
#define LIB_PAGE_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "util/error.h"

enum {
    PAGE_MAP_LEAF = 512,
    PAGE_UNSEEN = 0xff, /* where else a type stands */
    PAGE_NO_PLACE = UINT32_MAX,
};

/* A guest's numbers end below this: 16 TiB. */
#define PAGE_MAP_MAX (UINT64_C(1) << 32)

struct page_state {
    uint32_t place; /* the number of its place; PAGE_NO_PLACE */
    uint8_t filed;  /* its type by the last of its entries in the file */
    uint8_t wanted; /* its type by the last of its entries in the stream */
};

struct page_map {
    struct page_state **leaves;
    size_t leaf_count; /* of pointers */
    size_t taken;      /* of leaves */
    size_t entries;    /* asked for */
};

/*
 * The state of a page, to be read and changed; of a new one nothing is known.
 * -E2BIG: a number that no guest has, or numbers so far apart that they are
 * meant to cost memory.
 */
int page_map_at(struct page_map *map, uint64_t number,
                struct page_state **out, struct xr_error *err);

/* The state of a page that was asked for before; NULL: nothing is known of it. */
const struct page_state *page_map_find(const struct page_map *map,
                                       uint64_t number);

/* Calls visit for each page that was asked for, ascending, until it fails. */
int page_map_each(struct page_map *map,
                  int (*visit)(void *data, uint64_t number,
                               struct page_state *state), void *data);

void page_map_free(struct page_map *map);

#endif
