/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "lib/flat_output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "format/pages.h"
#include "util/io.h"

struct held_write {
    struct held_write *next;
    uint64_t offset;
    size_t n;
    bool zero;       /* then there are no bytes */
    uint8_t bytes[];
};

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

static int write_now(struct flat_output *out, uint64_t offset,
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

/* Where a file system knows no holes, zeros are written. */
static int zero_now(struct flat_output *out, uint64_t offset, size_t n,
                    struct xr_error *err)
{
    static const uint8_t zeros[PAGE_SIZE_BYTES];
    int r = punch_hole(out->fd, offset, n);

    if (!r)
        return 0;
    if (r != -EOPNOTSUPP && r != -ENOSYS && r != -EINVAL)
        return cannot_write(-r, err);
    for (r = 0; !r && n; offset += PAGE_SIZE_BYTES, n -= PAGE_SIZE_BYTES)
        r = write_now(out, offset, zeros, PAGE_SIZE_BYTES, err);
    return r;
}

/* What it takes in memory, also one without bytes. */
static size_t cost_of(const void *bytes, size_t n)
{
    return sizeof(struct held_write) + (bytes ? n : 0);
}

static int do_held(struct flat_output *out, struct xr_error *err)
{
    struct held_write *w = out->first;
    int r = w->zero ? zero_now(out, w->offset, w->n, err)
                    : write_now(out, w->offset, w->bytes, w->n, err);

    if (r)
        return r;
    out->first = w->next;
    out->held -= cost_of(w->zero ? NULL : w->bytes, w->n);
    free(w);
    return 0;
}

int flat_output_settle(struct flat_output *out, struct xr_error *err)
{
    int r = 0;

    while (!r && out->first)
        r = do_held(out, err);
    if (!out->first)
        out->last = NULL;
    return r;
}

static bool is_to_be_held(const struct flat_output *out, const void *bytes,
                          size_t n)
{
    return out->hold && atomic_load(out->hold)
           && cost_of(bytes, n) <= out->held_max - out->held;
}

/* False: there is no memory for it. */
static bool hold_write(struct flat_output *out, uint64_t offset,
                       const void *bytes, size_t n)
{
    struct held_write *w = malloc(cost_of(bytes, n));

    if (!w)
        return false;
    *w = (struct held_write){ .offset = offset, .n = n, .zero = !bytes };
    if (bytes)
        memcpy(w->bytes, bytes, n);
    out->held += cost_of(bytes, n);
    if (out->last)
        out->last->next = w;
    else
        out->first = w;
    out->last = w;
    return true;
}

/* bytes may be NULL: zeros.  What was kept before it comes first. */
static int hold_or_do(struct flat_output *out, uint64_t offset,
                      const void *bytes, size_t n, struct xr_error *err)
{
    int r;

    if (is_to_be_held(out, bytes, n) && hold_write(out, offset, bytes, n))
        return 0;
    r = flat_output_settle(out, err);
    if (r)
        return r;
    return bytes ? write_now(out, offset, bytes, n, err)
                 : zero_now(out, offset, n, err);
}

int flat_output_write(struct flat_output *out, uint64_t offset,
                      const void *bytes, size_t n, struct xr_error *err)
{
    out->written += n;
    return hold_or_do(out, offset, bytes, n, err);
}

int flat_output_zero(struct flat_output *out, uint64_t offset, size_t n,
                     struct xr_error *err)
{
    return hold_or_do(out, offset, NULL, n, err);
}

void flat_output_free(struct flat_output *out)
{
    while (out->first) {
        struct held_write *w = out->first;

        out->first = w->next;
        free(w);
    }
    out->last = NULL;
    out->held = 0;
}
