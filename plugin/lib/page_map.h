/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is known of each page of a guest, by its number: its place in an image,
 * and the types that its entries have; or a digest.  Numbers may have wide gaps, as
 * those of HVM guests, and single pages may be left where a balloon has taken the
 * others, so that it is a tree such as page tables are: memory is taken for 64 pages
 * at a time, and for the tables above them.
 *
 * An entry of an image is 8 bytes there, and 8 bytes here.  A hostile one whose
 * pages are far apart takes up to 2 KiB for an entry: after PAGE_MAP_FREE nodes of
 * 512 bytes it is refused if it has more of them than its entries are good for.
 */
#ifndef LIB_PAGE_MAP_H
#define LIB_PAGE_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "util/error.h"

enum {
    PAGE_MAP_BITS = 6,
    PAGE_MAP_LEAF = 1 << PAGE_MAP_BITS,
    PAGE_MAP_LEVELS = 4,
    PAGE_MAP_TOP = 256,
    PAGE_MAP_FREE = 1 << 16,
    PAGE_UNSEEN = 0xff, /* where else a type stands */
    PAGE_NO_PLACE = UINT32_MAX,
};

/* A guest's numbers end below this: 16 TiB. */
#define PAGE_MAP_MAX (UINT64_C(1) << 32)

/* Nothing is known of a page: all bits of its state are set. */
#define PAGE_NO_DIGEST UINT64_MAX

struct page_state {
    union {
        struct {
            uint32_t place; /* the number of its place; PAGE_NO_PLACE */
            uint8_t filed;  /* its type by its last entry in the file */
            uint8_t wanted; /* its type by its last entry in the stream */
            uint16_t unused;
        };
        uint64_t digest;    /* of who keeps that alone; PAGE_NO_DIGEST */
    };
};

union page_node; /* a table of nodes, or a leaf with the states of pages */

struct page_map {
    union page_node *top[PAGE_MAP_TOP];
    struct page_state *leaf; /* the one that was asked for last; NULL: none */
    uint64_t leaf_first;     /* the number of its first page */
    size_t taken;            /* nodes */
    size_t entries;          /* asked for */
};

/* Makes the leaf of that page the one that was asked for last. */
int page_map_visit(struct page_map *map, uint64_t number,
                   struct xr_error *err);

/*
 * The state of a page, to be read and changed; of a new one nothing is known.
 * -E2BIG: a number that no guest has, or numbers so far apart that they are
 * meant to cost memory.  Here, for a guest has millions.
 */
static inline int page_map_at(struct page_map *map, uint64_t number,
                              struct page_state **out, struct xr_error *err)
{
    int r = 0;

    map->entries++;
    if (!map->leaf || number - map->leaf_first >= PAGE_MAP_LEAF)
        r = page_map_visit(map, number, err);
    if (!r)
        *out = &map->leaf[number - map->leaf_first];
    return r;
}

/* The state of a page that was asked for before; NULL: nothing is known of it. */
const struct page_state *page_map_find(const struct page_map *map,
                                       uint64_t number);

/*
 * The same, or of the next page of which something may be known: there was asked for
 * it, or for one near to it.  NULL: there is none any more.  Those of the pages behind
 * it stand behind it, up to the next multiple of PAGE_MAP_LEAF.
 */
const struct page_state *page_map_next(const struct page_map *map,
                                       uint64_t *number);

/* Calls visit for each page that was asked for, ascending, until it fails. */
int page_map_each(struct page_map *map,
                  int (*visit)(void *data, uint64_t number,
                               struct page_state *state), void *data);

void page_map_free(struct page_map *map);

#endif
