/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "lib/page_map.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/*
 * So many leaves cost little, however few pages they have.  Streams have an
 * entry for every page up to the last one, so that leaves are full: a quarter
 * of that is asked for, and memory grows no faster than the entries.
 */
enum {
    LEAVES_FREE = 4096,
    ENTRIES_PER_LEAF = PAGE_MAP_LEAF / 4,
};

static int no_memory(struct xr_error *err)
{
    return error_set(err, ENOMEM, "out of memory");
}

static int extend(struct page_map *map, size_t leaf, struct xr_error *err)
{
    size_t n = 2 * map->leaf_count > leaf + 1 ? 2 * map->leaf_count : leaf + 1;
    /* NOLINTNEXTLINE(bugprone-sizeof-expression): of pointers */
    struct page_state **more = reallocarray(map->leaves, n, sizeof(*more));
    size_t i;

    if (!more)
        return no_memory(err);
    for (i = map->leaf_count; i < n; i++)
        more[i] = NULL;
    map->leaves = more;
    map->leaf_count = n;
    return 0;
}

static int take_leaf(struct page_map *map, size_t leaf, struct xr_error *err)
{
    struct page_state *states;
    size_t i;

    if (map->taken > LEAVES_FREE + map->entries / ENTRIES_PER_LEAF)
        return error_set(err, E2BIG, "page numbers further apart than those "
                         "of any guest");
    states = malloc(PAGE_MAP_LEAF * sizeof(*states));
    if (!states)
        return no_memory(err);
    for (i = 0; i < PAGE_MAP_LEAF; i++)
        states[i] = (struct page_state){
            .place = PAGE_NO_PLACE,
            .filed = PAGE_UNSEEN,
            .wanted = PAGE_UNSEEN,
        };
    map->leaves[leaf] = states;
    map->taken++;
    return 0;
}

int page_map_at(struct page_map *map, uint64_t number,
                struct page_state **out, struct xr_error *err)
{
    size_t leaf = (size_t)(number / PAGE_MAP_LEAF);
    int r = 0;

    if (number >= PAGE_MAP_MAX)
        return error_set(err, E2BIG, "page 0x%llx, which is more than any "
                         "guest has", (unsigned long long)number);
    map->entries++;
    if (leaf >= map->leaf_count)
        r = extend(map, leaf, err);
    if (!r && !map->leaves[leaf])
        r = take_leaf(map, leaf, err);
    if (!r)
        *out = &map->leaves[leaf][number % PAGE_MAP_LEAF];
    return r;
}

const struct page_state *page_map_find(const struct page_map *map,
                                       uint64_t number)
{
    uint64_t leaf = number / PAGE_MAP_LEAF;

    if (leaf >= map->leaf_count || !map->leaves[leaf])
        return NULL;
    return &map->leaves[leaf][number % PAGE_MAP_LEAF];
}

static int visit_leaf(struct page_map *map, size_t leaf,
                      int (*visit)(void *data, uint64_t number,
                                   struct page_state *state), void *data)
{
    struct page_state *states = map->leaves[leaf];
    size_t i;
    int r = 0;

    for (i = 0; !r && i < PAGE_MAP_LEAF; i++)
        if (states[i].filed != PAGE_UNSEEN || states[i].wanted != PAGE_UNSEEN)
            r = visit(data, (uint64_t)leaf * PAGE_MAP_LEAF + i, &states[i]);
    return r;
}

int page_map_each(struct page_map *map,
                  int (*visit)(void *data, uint64_t number,
                               struct page_state *state), void *data)
{
    size_t leaf;
    int r = 0;

    for (leaf = 0; !r && leaf < map->leaf_count; leaf++)
        if (map->leaves[leaf])
            r = visit_leaf(map, leaf, visit, data);
    return r;
}

void page_map_free(struct page_map *map)
{
    size_t leaf;

    for (leaf = 0; leaf < map->leaf_count; leaf++)
        free(map->leaves[leaf]);
    free(map->leaves);
    *map = (struct page_map){ 0 };
}
