/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where things are in a flat image (FORMAT.md, "The flat layout"): its places,
 * one after another in the order of the file, and what is known of the page at
 * each.
 *
 *     0          head     pages_begin                pages_end   what follows
 *     |----------|padding|--|PPPPPPPP|--|PPPPPPPP|--|PPPPPPPPP|-----------|
 *
 * Each run of pages is an extent, behind the list of entries of its record.
 */
#ifndef LIB_FLAT_LAYOUT_H
#define LIB_FLAT_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/digest_table.h"
#include "lib/page_map.h"
#include "util/buffer.h"
#include "util/error.h"

/* The entries before an extent, of the same number. */
struct batch {
    uint64_t entries_at;
    uint32_t entries;
};

struct flat_layout {
    struct digest_table table;
    struct batch *batches;      /* as many as extents */
    uint8_t (*digests)[SEAL_DIGEST_SIZE]; /* of the pages at the places */
    size_t room;                /* for digests */
    struct page_map map;
    uint64_t covered;           /* pages below this have entries */
    uint64_t left_over;         /* places that are no page's own any more */
    uint64_t pages_begin;
    uint64_t pages_end;
};

/*
 * Reads the layout of the sealed flat image in fd, which begins with it, and
 * the uuid of its domain ("" if its record has none; to be freed), not its
 * pages. -ENOENT: it is not sealed; -EINVAL: not flat; -EBADMSG: damaged;
 * -ENOEXEC: no image; else it cannot be read.
 */
int flat_layout_read(int fd, struct flat_layout *out, char **uuid_out,
                     struct xr_error *err);

/* An empty one, with a secret of its own. */
int flat_layout_new(struct flat_layout *out, struct xr_error *err);

/* So many places more, whose digests are to be set. */
int flat_layout_add(struct flat_layout *layout, const struct batch *batch,
                    uint64_t offset, uint32_t pages, struct xr_error *err);

/*
 * Where a place begins; *extent_out (may be NULL) is the number of its extent.
 */
uint64_t flat_layout_place(const struct flat_layout *layout, uint32_t place,
                           size_t *extent_out);

void flat_layout_free(struct flat_layout *layout);

#define CLEANUP_FLAT_LAYOUT __attribute__((cleanup(flat_layout_free)))

#endif
