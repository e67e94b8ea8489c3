/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "hook/scan.h"

#include <errno.h>
#include <stdlib.h>

#include "format/libxc.h"
#include "format/record.h"
#include "hook/peek.h"
#include "util/cleanup.h"

/* Records before the first page: about ten; a hostile file has more. */
enum { RECORDS_MAX = 1024 };

/* The body of what may be our record; -EAGAIN: it is another's. */
static int read_record(struct peek *peek, uint64_t offset, uint32_t length,
                       struct keylist *out, struct xr_error *err)
{
    CLEANUP_FREE uint8_t *body = NULL;
    int r;

    if (length > RECORD_BODY_MAX)
        return -EAGAIN;
    body = malloc(length ? length : 1);
    if (!body)
        return error_set(err, ENOMEM, "out of memory");
    r = peek_at(peek, offset, body, length, err);
    if (r)
        return r;
    if (!record_is_ours(RECORD_TYPE, body, length))
        return -EAGAIN;
    r = record_decode(body, length, NULL, out, err);
    if (r && err && err->offset != XR_NO_OFFSET)
        err->offset += peek->start + offset;
    return r;
}

/* From the first record on. */
static int walk(struct peek *peek, struct keylist *out, struct xr_error *err)
{
    uint64_t offset = LIBXC_IMAGE_HEADER_SIZE + LIBXC_DOMAIN_HEADER_SIZE;
    uint8_t bytes[LIBXC_RECORD_HEADER_SIZE];
    struct libxc_record_header header;
    unsigned int i;
    int r;

    for (i = 0; i < RECORDS_MAX; i++) {
        r = peek_at(peek, offset, bytes, sizeof(bytes), err);
        if (r)
            return r;
        r = libxc_record_header_decode(bytes, peek->start + offset, &header,
                                       err);
        if (r)
            return r;
        offset += sizeof(bytes);
        if (header.type == LIBXC_REC_PAGE_DATA
            || header.type == LIBXC_REC_CHECKPOINT
            || header.type == LIBXC_REC_END)
            break;
        if (header.type == RECORD_TYPE) {
            r = read_record(peek, offset, header.length, out, err);
            if (r != -EAGAIN)
                return r;
        }
        offset += libxc_padded_length(header.length);
    }
    return error_set(err, ENOENT, "none before the first page");
}

int scan_for_record(int fd, struct keylist *out, struct xr_error *err)
{
    CLEANUP_PEEK struct peek peek;
    uint8_t bytes[LIBXC_IMAGE_HEADER_SIZE];
    struct libxc_image_header header;
    int r;

    r = peek_begin(&peek, fd, err);
    if (!r)
        r = peek_at(&peek, 0, bytes, sizeof(bytes), err);
    if (!r)
        r = libxc_image_header_decode(bytes, peek.start, &header, err);
    return r ? r : walk(&peek, out, err);
}
