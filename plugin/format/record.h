/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The metadata record: one optional record in the libxc stream, before the
 * first page (FORMAT.md, "The record").  Its body, little-endian:
 *
 *      0   8  magic "XENRMETA"
 *      8   2  major version, 1: a reader refuses a greater one, quietly
 *     10   2  minor version, 0: a reader accepts any
 *     12   4  n, length of the list in bytes, at most 65,000
 *     16   n  the list (format/keylist.h)
 *   16+n   4  CRC-32 (zlib's) of bytes 0 to 16+n-1
 *
 * The type lies in libxc's range for future optional records; the magic makes
 * sure that a record of that type is ours.
 */
#ifndef FORMAT_RECORD_H
#define FORMAT_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "format/keylist.h"
#include "util/buffer.h"
#include "util/error.h"

#define RECORD_TYPE UINT32_C(0xD8524D44)

enum {
    RECORD_LIST_MAX = 65000,
    RECORD_OVERHEAD = 20, /* of the body, beside the list */
    RECORD_BODY_MAX = RECORD_LIST_MAX + RECORD_OVERHEAD,
};

struct record_info {
    uint16_t major;
    uint16_t minor;
};

/*
 * Appends the complete record to *out: libxc's record header, the body and
 * its padding.  -E2BIG if the list is too long, and *out is untouched.
 */
int record_encode(const struct keylist *list, struct buffer *out,
                  struct xr_error *err);

/* Is a record of this type and body ours, of whatever version and length? */
bool record_is_ours(uint32_t type, const uint8_t *body, size_t n);

/*
 * Reads the body of a record that is ours into the empty list *out; *info_out
 * may be NULL.  -ENOTSUP: a later major version.  -EBADMSG: the CRC does not
 * match.  -EINVAL: malformed.  Offsets are those within the body.  Of a body
 * longer than RECORD_BODY_MAX no more than that is looked at.
 */
int record_decode(const uint8_t *body, size_t n, struct record_info *info_out,
                  struct keylist *out, struct xr_error *err);

/*
 * Sets keys anew in such a body, which keeps its length; its CRC is made anew,
 * too.  As record_decode(); -ENOENT: it has no such key; -EINVAL: a value is
 * of another length than the one in its place.  Untouched on failure.
 */
int record_rewrite(uint8_t *body, size_t n, const struct keylist *keys,
                   struct xr_error *err);

#endif
