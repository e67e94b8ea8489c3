/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "lib/memory_map.h"

#include <errno.h>
#include <stdlib.h>

#include "format/pages.h"

int memory_map_extend(struct memory_map *map, uint64_t offset,
                      uint32_t pages, uint32_t *place_out,
                      struct xr_error *err)
{
    size_t n = map->extent_count;
    struct memory_extent *more;

    if (pages >= PAGE_NO_PLACE - map->places)
        return error_set(err, E2BIG, "more pages than can be counted");
    if (!(n & (n - 1))) {
        more = reallocarray(map->extents, n ? 2 * n : 1, sizeof(*more));
        if (!more)
            return error_set(err, ENOMEM, "out of memory");
        map->extents = more;
    }
    map->extents[map->extent_count++] = (struct memory_extent){
        .offset = offset,
        .first = map->places,
    };
    *place_out = map->places;
    map->places += pages;
    return 0;
}

/* Is there memory? */
static bool is_memory(const struct page_state *page)
{
    return page->filed != PAGE_UNSEEN && page->filed != PAGE_XTAB
           && page->filed != PAGE_BROKEN;
}

int memory_map_set(struct memory_map *map, uint64_t number,
                   unsigned int type, uint32_t place, bool *had_data_out,
                   struct xr_error *err)
{
    struct page_state *page = NULL;
    int r = page_map_at(&map->pages, number, &page, err);

    if (r)
        return r;
    *had_data_out = page->place != PAGE_NO_PLACE;
    if (page_has_data((uint64_t)type << 60))
        page->place = place;
    else if (is_memory(page))
        return 0;
    page->filed = (uint8_t)type;
    return 0;
}

/* The first page of memory at or behind *number. */
static const struct page_state *find_memory(const struct memory_map *map,
                                            uint64_t *number)
{
    const struct page_state *page;

    while ((page = page_map_next(&map->pages, number)) && !is_memory(page))
        ++*number;
    return page;
}

/* The extent of a place: the last one that begins at or before it. */
static uint64_t offset_of_place(const struct memory_map *map, uint32_t place)
{
    size_t low = 0, high = map->extent_count, middle;

    while (high - low > 1) {
        middle = low + (high - low) / 2;
        if (map->extents[middle].first <= place)
            low = middle;
        else
            high = middle;
    }
    return map->extents[low].offset
           + (uint64_t)(place - map->extents[low].first) * PAGE_SIZE_BYTES;
}

static uint64_t offset_of_page(const struct memory_map *map, uint64_t number,
                               const struct page_state *page)
{
    if (map->by_number)
        return number * PAGE_SIZE_BYTES;
    return page->place == PAGE_NO_PLACE ? 0
                                        : offset_of_place(map, page->place);
}

static bool goes_on(const struct memory_map *map, const struct memory_run *run)
{
    uint64_t number = run->first + run->count;
    const struct page_state *page = page_map_find(&map->pages, number);

    if (!page || !is_memory(page)
        || (page->place != PAGE_NO_PLACE) != run->has_data)
        return false;
    return !run->has_data
           || offset_of_page(map, number, page)
              == run->offset + run->count * PAGE_SIZE_BYTES;
}

bool memory_map_next(const struct memory_map *map, uint64_t from,
                     uint64_t most, struct memory_run *out)
{
    const struct page_state *page = find_memory(map, &from);

    if (!page)
        return false;
    *out = (struct memory_run){
        .first = from,
        .count = 1,
        .offset = offset_of_page(map, from, page),
        .has_data = page->place != PAGE_NO_PLACE,
    };
    while (out->count < most && goes_on(map, out))
        out->count++;
    return true;
}

bool memory_map_range(const struct memory_map *map, uint64_t from,
                      uint64_t *first_out, uint64_t *count_out)
{
    const struct page_state *page = find_memory(map, &from);
    uint64_t number = from;

    if (!page)
        return false;
    while (page && is_memory(page))
        page = page_map_find(&map->pages, ++number);
    *first_out = from;
    *count_out = number - from;
    return true;
}

void memory_map_free(struct memory_map *map)
{
    int saved = errno;

    page_map_free(&map->pages);
    free(map->extents);
    *map = (struct memory_map){ .places = 0 };
    errno = saved;
}
