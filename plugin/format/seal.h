/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The seal: what stands behind the stream's last END, where no stock reader
 * looks, and tells whether what comes before it is as it was (FORMAT.md, "The
 * seal").  It begins with 48 bytes, little-endian:
 *
 *      0   8  magic "XENRSEAL"
 *      8   2  version
 *     10   2  algorithm, the same number
 *     12   4  version 1: zero; version 2: e, how many extents of pages there are
 *     16   8  length of what is covered, from the file's first byte
 *     24  16  digest, in its canonical form: as xxh128sum prints it
 *     40   4  CRC-32 (zlib's) of bytes 0 to 39
 *     44   4  zero
 *
 * Version 1 ends there; its digest is of all that is covered.  In version 2 a
 * table follows, of which the digest is, with one digest for each page
 * (lib/digest_table.h).
 */
#ifndef FORMAT_SEAL_H
#define FORMAT_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/error.h"

enum {
    SEAL_SIZE = 48,
    SEAL_DIGEST_SIZE = 16,
    SEAL_TEXT_SIZE = 2 * SEAL_DIGEST_SIZE + 1,
    SEAL_SECRET_SIZE = 192, /* of the digests of pages */
};

enum seal_version {
    SEAL_OF_BYTES = 1,
    SEAL_OF_PAGES = 2,
};

struct seal {
    enum seal_version version;
    uint32_t extents;           /* of SEAL_OF_PAGES, else 0 */
    uint64_t length;
    uint8_t digest[SEAL_DIGEST_SIZE];
};

/* Do these SEAL_SIZE bytes begin as a seal does? */
bool seal_is_one(const uint8_t *bytes);

/*
 * SEAL_SIZE bytes, and where they stand.  -ENOENT: no seal; -ENOTSUP: a later
 * version or another algorithm; -EBADMSG: damaged.
 */
int seal_decode(const uint8_t *bytes, uint64_t offset, struct seal *out,
                struct xr_error *err);
void seal_encode(const struct seal *seal, uint8_t *out);

/* The digest in hexadecimal, as xxh128sum prints it. */
void seal_text(const struct seal *seal, char out[SEAL_TEXT_SIZE]);

/* Digests what it is given.  NULL: out of memory; free accepts it. */
struct sealer *sealer_new(void);
void sealer_update(struct sealer *s, const void *bytes, size_t n);
/*
 * Of everything since the last call of this, as a seal SEAL_OF_BYTES has it.
 */
void sealer_finish(struct sealer *s, struct seal *out);
void sealer_free(struct sealer **s);

#define CLEANUP_SEALER __attribute__((cleanup(sealer_free)))

/*
 * Of one page: XXH3-128 with a secret, for who chooses what stands in a page
 * must not be able to choose its digest.
 */
void seal_digest_page(const uint8_t secret[SEAL_SECRET_SIZE],
                      const void *page, uint8_t out[SEAL_DIGEST_SIZE]);

#endif
