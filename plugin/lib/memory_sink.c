/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "lib/memory_sink.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format/pages.h"

/* A file that a shell has opened may have something in it already. */
static bool can_have_holes(int fd, uint64_t *base_out)
{
    off_t base = lseek(fd, 0, SEEK_CUR);
    int flags = fcntl(fd, F_GETFL);
    struct stat st;

    if (base < 0 || flags < 0 || (flags & O_APPEND) || fstat(fd, &st)
        || !S_ISREG(st.st_mode) || st.st_size > base)
        return false;
    *base_out = (uint64_t)base;
    return true;
}

void memory_sink_open(struct memory_sink *sink, int fd,
                      const struct listener *listener)
{
    /* Not what is held: it is large, and empty. */
    memset(sink, 0, offsetof(struct memory_sink, bytes));
    sink->fd = fd;
    sink->listener = listener;
    sink->sparse = can_have_holes(fd, &sink->base);
}

static int sink_failed(int code, struct xr_error *err)
{
    return error_system(err, code, "the memory cannot be written");
}

int memory_sink_expect(struct memory_sink *sink, uint64_t total,
                       struct xr_error *err)
{
    if (!sink->sparse)
        return 0;
    if (total > INT64_MAX - sink->base)
        return sink_failed(EFBIG, err);
    return ftruncate(sink->fd, (off_t)(sink->base + total))
           ? sink_failed(errno, err) : 0;
}

/* write(2) at that byte; a signal may stop who waits for a reader. */
static ssize_t write_some(struct memory_sink *sink, uint64_t at,
                          const uint8_t *bytes, size_t n)
{
    ssize_t r;

    do
        r = sink->sparse ? pwrite(sink->fd, bytes, n,
                                  (off_t)(sink->base + at))
                         : write(sink->fd, bytes, n);
    while (r < 0 && errno == EINTR && !listener_interrupted(sink->listener));
    return r;
}

static int sink_stopped(struct xr_error *err)
{
    return error_set(err, ECANCELED, "stopped on request");
}

/* A signal may have cut a write short, of which a part was written. */
static int write_at(struct memory_sink *sink, uint64_t at,
                    const uint8_t *bytes, size_t n, struct xr_error *err)
{
    ssize_t r;

    while (n) {
        r = write_some(sink, at, bytes, n);
        if (r < 0 && errno == EINTR)
            return sink_stopped(err);
        if (r < 0)
            return sink_failed(errno, err);
        if ((size_t)r < n && listener_interrupted(sink->listener))
            return sink_stopped(err);
        sink->written += (uint64_t)r;
        at += (uint64_t)r;
        bytes += r;
        n -= (size_t)r;
    }
    return 0;
}

static int write_held(struct memory_sink *sink, struct xr_error *err)
{
    size_t n = sink->held;

    sink->held = 0;
    return n ? write_at(sink, sink->at - n, sink->bytes, n, err) : 0;
}

int memory_sink_put(struct memory_sink *sink, const void *bytes, size_t n,
                    struct xr_error *err)
{
    const uint8_t *from = bytes;
    size_t step;
    int r = 0;

    for (; !r && n; from += step, n -= step) {
        step = MEMORY_SINK_HELD - sink->held;
        step = step < n ? step : n;
        memcpy(sink->bytes + sink->held, from, step);
        sink->held += step;
        sink->at += step;
        if (sink->held == MEMORY_SINK_HELD)
            r = write_held(sink, err);
    }
    return r;
}

/* A hole, if there can be one. */
static int skip_zeros(struct memory_sink *sink, uint64_t n,
                      struct xr_error *err)
{
    size_t step;
    int r = write_held(sink, err);

    if (r || sink->sparse) {
        sink->at += n;
        return r;
    }
    memset(sink->bytes, 0, n < MEMORY_SINK_HELD ? (size_t)n
                                                : MEMORY_SINK_HELD);
    for (; !r && n; n -= step) {
        step = n < MEMORY_SINK_HELD ? (size_t)n : MEMORY_SINK_HELD;
        r = write_at(sink, sink->at, sink->bytes, step, err);
        sink->at += step;
        if (!r)
            r = listener_interrupted(sink->listener) ? sink_stopped(err) : 0;
    }
    return r;
}

int memory_sink_to(struct memory_sink *sink, uint64_t at,
                   struct xr_error *err)
{
    assert(at >= sink->at);
    return skip_zeros(sink, at - sink->at, err);
}

static bool page_is_hole(const uint8_t *page)
{
    return !page[0] && !memcmp(page, page + 1, PAGE_SIZE_BYTES - 1);
}

/* How many pages at the beginning are all of zeros, or none of them is. */
static size_t alike(const uint8_t *pages, size_t count, bool zero)
{
    size_t n = 1;

    while (n < count && page_is_hole(pages + n * PAGE_SIZE_BYTES) == zero)
        n++;
    return n;
}

int memory_sink_pages(struct memory_sink *sink, const uint8_t *pages,
                      size_t count, struct xr_error *err)
{
    int r = write_held(sink, err);
    size_t n;
    bool zero;

    for (; !r && count; pages += n * PAGE_SIZE_BYTES, count -= n) {
        zero = sink->sparse && page_is_hole(pages);
        n = sink->sparse ? alike(pages, count, zero) : count;
        if (!zero)
            r = write_at(sink, sink->at, pages, n * PAGE_SIZE_BYTES, err);
        sink->at += n * PAGE_SIZE_BYTES;
    }
    return r;
}

/* Whoever writes behind us, as a shell's next command, does so behind it. */
int memory_sink_close(struct memory_sink *sink, struct xr_error *err)
{
    int r = write_held(sink, err);

    if (r || !sink->sparse)
        return r;
    r = memory_sink_expect(sink, sink->at, err);
    if (!r && lseek(sink->fd, (off_t)(sink->base + sink->at), SEEK_SET) < 0)
        r = sink_failed(errno, err);
    return r;
}
