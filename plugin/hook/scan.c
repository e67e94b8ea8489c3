/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "hook/scan.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "format/libxc.h"
#include "format/record.h"
#include "util/cleanup.h"
#include "util/io.h"

/* Records before the first page: about ten; a hostile file has more. */
enum { RECORDS_MAX = 1024 };

/* Exactly n bytes at offset, or a failure that names it. */
static int read_at(int fd, uint64_t offset, void *out, size_t n,
                   struct xr_error *err)
{
    ssize_t r = pread_full(fd, out, n, (off_t)offset);

    if (r < 0)
        return error_system(err, (int)-r, "cannot read the stream");
    if ((size_t)r < n)
        return error_at(err, EINVAL, offset + (size_t)r,
                        "the stream ends early");
    return 0;
}

/* The body of what may be our record; -EAGAIN: it is another's. */
static int read_record(int fd, uint64_t offset, uint32_t length,
                       struct keylist *out, struct xr_error *err)
{
    CLEANUP_FREE uint8_t *body = NULL;
    int r;

    if (length > RECORD_BODY_MAX)
        return -EAGAIN;
    body = malloc(length ? length : 1);
    if (!body)
        return error_set(err, ENOMEM, "out of memory");
    r = read_at(fd, offset, body, length, err);
    if (r)
        return r;
    if (!record_is_ours(RECORD_TYPE, body, length))
        return -EAGAIN;
    r = record_decode(body, length, NULL, out, err);
    if (r && err && err->offset != XR_NO_OFFSET)
        err->offset += offset;
    return r;
}

/* From the first record on. */
static int walk(int fd, uint64_t offset, struct keylist *out,
                struct xr_error *err)
{
    uint8_t bytes[LIBXC_RECORD_HEADER_SIZE];
    struct libxc_record_header header;
    unsigned int i;
    int r;

    for (i = 0; i < RECORDS_MAX; i++) {
        r = read_at(fd, offset, bytes, sizeof(bytes), err);
        if (r)
            return r;
        r = libxc_record_header_decode(bytes, offset, &header, err);
        if (r)
            return r;
        offset += sizeof(bytes);
        if (header.type == LIBXC_REC_PAGE_DATA
            || header.type == LIBXC_REC_CHECKPOINT
            || header.type == LIBXC_REC_END)
            break;
        if (header.type == RECORD_TYPE) {
            r = read_record(fd, offset, header.length, out, err);
            if (r != -EAGAIN)
                return r;
        }
        offset += libxc_padded_length(header.length);
    }
    return error_set(err, ENOENT, "none before the first page");
}

int scan_for_record(int fd, struct keylist *out, struct xr_error *err)
{
    uint8_t bytes[LIBXC_IMAGE_HEADER_SIZE];
    struct libxc_image_header header;
    off_t start = lseek(fd, 0, SEEK_CUR);
    int r;

    if (start < 0)
        return error_system(err, errno, "the stream cannot be sought");
    r = read_at(fd, (uint64_t)start, bytes, sizeof(bytes), err);
    if (r)
        return r;
    r = libxc_image_header_decode(bytes, (uint64_t)start, &header, err);
    if (r)
        return r;
    return walk(fd, (uint64_t)start + LIBXC_IMAGE_HEADER_SIZE
                    + LIBXC_DOMAIN_HEADER_SIZE, out, err);
}
