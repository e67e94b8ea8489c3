/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The table of a seal SEAL_OF_PAGES, behind its 48 bytes (FORMAT.md, "The
 * seal, version 2").  Little-endian:
 *
 *    192  the secret of the pages' digests
 *   16 e  the extents: offset, and how many pages stand there one after another;
 *         ascending, without overlap
 *   16 p  the digest of each page, in the order of the file
 *   16 (e+1)  the digest of each gap: what stands before the first extent,
 *         between any two, and behind the last one up to the seal
 *     48  the seal's own bytes once more, up to the end of the file
 *
 * The digests stay in the file: there may be millions.
 */
#ifndef LIB_DIGEST_TABLE_H
#define LIB_DIGEST_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "format/pages.h"
#include "format/seal.h"
#include "util/error.h"

enum {
    EXTENT_SIZE = 16,
    EXTENT_PAGES_MAX = 1 << 30, /* of all together: a guest of 4 TiB */
};

struct extent {
    uint64_t offset; /* from the image's first byte; a multiple of a page */
    uint64_t pages;
    uint64_t first;  /* how many pages stand in the extents before it */
};

struct digest_table {
    uint8_t secret[SEAL_SECRET_SIZE];
    struct extent *extents;
    size_t extent_count;
    uint64_t pages;  /* of all extents */
    uint64_t length; /* of what is covered: where the seal stands */
};

/* One digest for each page and each gap of a table. */
struct digests {
    uint8_t (*pages)[SEAL_DIGEST_SIZE];
    uint8_t (*gaps)[SEAL_DIGEST_SIZE];
};

static inline uint64_t extent_end(const struct extent *e)
{
    return e->offset + e->pages * PAGE_SIZE_BYTES;
}

/* Where gap i begins and ends, from 0 to extent_count. */
uint64_t digest_table_gap(const struct digest_table *table, size_t i,
                          uint64_t *end_out);

/* In the file, from the image's first byte on. */
uint64_t digest_table_extent_at(const struct digest_table *table, size_t i);
uint64_t digest_table_page_at(const struct digest_table *table, uint64_t page);
uint64_t digest_table_gap_at(const struct digest_table *table, size_t gap);
uint64_t digest_table_end(const struct digest_table *table);

/* Adds pages behind the others; an extent that they go on with grows. */
int digest_table_add(struct digest_table *table, uint64_t offset,
                     uint64_t pages, struct xr_error *err);

/*
 * Reads secret and extents of the table that belongs to a seal, whose image
 * begins at start of the file; they are where they can be, and the file ends
 * where it should.  -EBADMSG: it is damaged, or something stands behind it;
 * -E2BIG: more pages than are read.
 */
int digest_table_read_extents(int fd, uint64_t start, const struct seal *seal,
                              struct digest_table *out, struct xr_error *err);

/* The same, and checks the digest of all of the table. */
int digest_table_read(int fd, uint64_t start, const struct seal *seal,
                      struct digest_table *out, struct xr_error *err);

/* The digests of all pages, 16 bytes each; to be freed. */
int digest_table_read_pages(int fd, uint64_t start,
                            const struct digest_table *table,
                            uint8_t (**out)[SEAL_DIGEST_SIZE],
                            struct xr_error *err);

/* The digest of a gap. */
int digest_table_read_gap(int fd, uint64_t start,
                          const struct digest_table *table, size_t gap,
                          uint8_t out[SEAL_DIGEST_SIZE], struct xr_error *err);

/* Writes seal and table behind the image, in a file that ends there. */
int digest_table_write(int fd, const struct digest_table *table,
                       const struct digests *digests, struct seal *out,
                       struct xr_error *err);

void digest_table_free(struct digest_table *table);

#define CLEANUP_DIGEST_TABLE __attribute__((cleanup(digest_table_free)))

#endif
