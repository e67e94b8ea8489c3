/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "lib/flat_layout.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "format/pages.h"
#include "util/cleanup.h"

int flat_layout_new(struct flat_layout *out, struct xr_error *err)
{
    *out = (struct flat_layout){ 0 };
    /* So few bytes come at once, or not at all. */
    if (getrandom(out->table.secret, SEAL_SECRET_SIZE, 0)
        != SEAL_SECRET_SIZE)
        return error_system(err, errno, "cannot get random numbers");
    return 0;
}

static int grow_digests(struct flat_layout *l, size_t places,
                     struct xr_error *err)
{
    size_t room = l->room ? l->room : 4096;
    uint8_t (*more)[SEAL_DIGEST_SIZE];

    while (room < places)
        room *= 2;
    if (room == l->room)
        return 0;
    more = reallocarray(l->digests, room, sizeof(*more));
    if (!more)
        return error_set(err, ENOMEM, "out of memory");
    l->digests = more;
    l->room = room;
    return 0;
}

/* Room for one more, as digest_table_add() makes it. */
static int grow_batches(struct flat_layout *l, struct xr_error *err)
{
    size_t n = l->table.extent_count;
    struct batch *more;

    if (n & (n - 1) || (n && n < 16))
        return 0;
    more = reallocarray(l->batches, n ? 2 * n : 16, sizeof(*more));
    if (!more)
        return error_set(err, ENOMEM, "out of memory");
    l->batches = more;
    return 0;
}

int flat_layout_add(struct flat_layout *l, const struct batch *batch,
                    uint64_t offset, uint32_t pages, struct xr_error *err)
{
    size_t n = l->table.extent_count;
    int r = grow_batches(l, err);

    if (!r)
        r = grow_digests(l, (size_t)l->table.pages + pages, err);
    if (!r)
        r = digest_table_add(&l->table, offset, pages, err);
    if (r)
        return r;
    /* A list of entries stands before each. */
    assert(l->table.extent_count == n + 1);
    l->batches[n] = *batch;
    return 0;
}

uint64_t flat_layout_place(const struct flat_layout *l, uint32_t place,
                           size_t *extent_out)
{
    const struct extent *extents = l->table.extents;
    size_t low = 0, high = l->table.extent_count;

    assert(place < l->table.pages);
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;

        if (extents[middle].first <= place)
            low = middle;
        else
            high = middle;
    }
    if (extent_out)
        *extent_out = low;
    return extents[low].offset
           + (place - extents[low].first) * PAGE_SIZE_BYTES;
}

void flat_layout_free(struct flat_layout *l)
{
    digest_table_free(&l->table);
    page_map_free(&l->map);
    cleanup_free(&l->batches);
    cleanup_free(&l->digests);
    *l = (struct flat_layout){ 0 };
}
