/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The seal: a trailer behind the stream's last END, where no stock reader
 * looks, with a digest of all that comes before it (FORMAT.md, "The seal").
 * Little-endian:
 *
 *      0   8  magic "XENRSEAL"
 *      8   2  version, 1
 *     10   2  algorithm, 1: XXH3-128
 *     12   4  zero
 *     16   8  length of what is covered, from the file's first byte
 *     24  16  digest, in its canonical form: as xxh128sum prints it
 *     40   4  CRC-32 (zlib's) of bytes 0 to 39
 *     44   4  zero
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
};

struct seal {
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
void sealer_finish(const struct sealer *s, struct seal *out);
void sealer_free(struct sealer **s);

#define CLEANUP_SEALER __attribute__((cleanup(sealer_free)))

#endif
