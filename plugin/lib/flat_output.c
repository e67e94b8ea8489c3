/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "lib/flat_output.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "format/pages.h"
#include "util/io.h"

static int cannot_write(int code, struct xr_error *err)
{
    return error_system(err, code, "the image cannot be written");
}

static int lengthen(struct flat_output *out, struct xr_error *err)
{
    if (out->end <= out->length)
        return 0;
    if (ftruncate(out->fd, (off_t)out->end))
        return cannot_write(errno, err);
    out->length = out->end;
    return 0;
}

static int write_lengthened(struct flat_output *out, uint64_t offset,
                       const void *bytes, size_t n, struct xr_error *err)
{
    int r = lengthen(out, err);

    if (r)
        return r;
    r = pwrite_full(out->fd, bytes, n, (off_t)offset);
    return r ? cannot_write(-r, err) : 0;
}

static int punch_hole(int fd, uint64_t offset, size_t n)
{
    int r;

    do
        r = fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                      (off_t)offset, (off_t)n);
    while (r && errno == EINTR);
    return r ? -errno : 0;
}

int flat_output_write(struct flat_output *out, uint64_t offset,
                      const void *bytes, size_t n, struct xr_error *err)
{
    out->written += n;
    return write_lengthened(out, offset, bytes, n, err);
}

/* Where a file system knows no holes, zeros are written. */
int flat_output_zero(struct flat_output *out, uint64_t offset, size_t n,
                     struct xr_error *err)
{
    static const uint8_t zeros[PAGE_SIZE_BYTES];
    int r = punch_hole(out->fd, offset, n);

    if (!r)
        return 0;
    if (r != -EOPNOTSUPP && r != -ENOSYS && r != -EINVAL)
        return cannot_write(-r, err);
    for (r = 0; !r && n; offset += PAGE_SIZE_BYTES, n -= PAGE_SIZE_BYTES)
        r = write_lengthened(out, offset, zeros, PAGE_SIZE_BYTES, err);
    return r;
}
