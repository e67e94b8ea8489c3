/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "lib/page_map.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/*
 * Streams have an entry for every page up to the last one, so that leaves are full;
 * flat images of HVM guests have none for what a balloon has taken.  One page in 16
 * may be left, wherever they are, and memory grows no faster than the entries.
 */
enum { ENTRIES_PER_NODE = PAGE_MAP_LEAF / 16 };

union page_node {
    union page_node *below[PAGE_MAP_LEAF];
    struct page_state states[PAGE_MAP_LEAF];
};

_Static_assert(sizeof(struct page_state) == sizeof(uint64_t),
               "a page costs 8 bytes, and all of them are in its digest");
_Static_assert(PAGE_MAP_MAX >> PAGE_MAP_BITS * PAGE_MAP_LEVELS
               == PAGE_MAP_TOP, "the top has room for every number");

/* Which of a node's, level 0 being the leaves. */
static size_t index_at(uint64_t number, unsigned int level)
{
    return number >> PAGE_MAP_BITS * level & (PAGE_MAP_LEAF - 1);
}

static size_t index_at_top(uint64_t number)
{
    return (size_t)(number >> PAGE_MAP_BITS * PAGE_MAP_LEVELS);
}

static int take_node(struct page_map *map, bool is_leaf,
                     union page_node **out, struct xr_error *err)
{
    union page_node *node;

    if (map->taken > PAGE_MAP_FREE + map->entries / ENTRIES_PER_NODE)
        return error_set(err, E2BIG, "page numbers further apart than those "
                         "of any guest");
    node = calloc(1, sizeof(*node));
    if (!node)
        return error_set(err, ENOMEM, "out of memory");
    if (is_leaf)
        memset(node, 0xff, sizeof(*node));
    *out = node;
    map->taken++;
    return 0;
}

int page_map_visit(struct page_map *map, uint64_t number,
                   struct xr_error *err)
{
    unsigned int level = PAGE_MAP_LEVELS;
    union page_node **at;
    int r = 0;

    if (number >= PAGE_MAP_MAX)
        return error_set(err, E2BIG, "page 0x%llx, which is more than any "
                         "guest has", (unsigned long long)number);
    at = &map->top[index_at_top(number)];
    while (level--) {
        if (!*at)
            r = take_node(map, !level, at, err);
        if (r)
            return r;
        if (level)
            at = &(*at)->below[index_at(number, level)];
    }
    map->leaf = (*at)->states;
    map->leaf_first = number - index_at(number, 0);
    return 0;
}

/*
 * The leaf of a number; NULL: there is none, and nor is there for the numbers of
 * *missing_out bits that begin as this one.
 */
static union page_node *find_leaf(const struct page_map *map, uint64_t number,
                                  unsigned int *missing_out)
{
    union page_node *node = map->top[index_at_top(number)];
    unsigned int level = PAGE_MAP_LEVELS - 1;

    for (; node && level; level--)
        node = node->below[index_at(number, level)];
    *missing_out = PAGE_MAP_BITS * (level + 1);
    return node;
}

const struct page_state *page_map_find(const struct page_map *map,
                                       uint64_t number)
{
    unsigned int missing;
    union page_node *leaf = number < PAGE_MAP_MAX
                            ? find_leaf(map, number, &missing) : NULL;

    return leaf ? &leaf->states[index_at(number, 0)] : NULL;
}

static struct page_state *next_state(const struct page_map *map,
                                     uint64_t *number)
{
    unsigned int missing;
    union page_node *leaf;

    while (*number < PAGE_MAP_MAX) {
        leaf = find_leaf(map, *number, &missing);
        if (leaf)
            return &leaf->states[index_at(*number, 0)];
        *number = ((*number >> missing) + 1) << missing;
    }
    return NULL;
}

const struct page_state *page_map_next(const struct page_map *map,
                                       uint64_t *number)
{
    return next_state(map, number);
}

int page_map_each(struct page_map *map,
                  int (*visit)(void *data, uint64_t number,
                               struct page_state *state), void *data)
{
    struct page_state *state;
    uint64_t number = 0;
    int r = 0;

    for (; !r && (state = next_state(map, &number)); number++)
        if (state->filed != PAGE_UNSEEN || state->wanted != PAGE_UNSEEN)
            r = visit(data, number, state);
    return r;
}

/* level: that of the node. */
static void free_node(union page_node *node, unsigned int level)
{
    size_t i;

    for (i = 0; node && level && i < PAGE_MAP_LEAF; i++)
        free_node(node->below[i], level - 1);
    free(node);
}

void page_map_free(struct page_map *map)
{
    size_t i;

    for (i = 0; i < PAGE_MAP_TOP; i++)
        free_node(map->top[i], PAGE_MAP_LEVELS - 1);
    *map = (struct page_map){ .taken = 0 };
}
