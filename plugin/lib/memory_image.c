/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "lib/memory_image.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "format/pages.h"
#include "lib/memory_state.h"
#include "util/cleanup.h"
#include "util/io.h"

static int take_memory_event(struct memory_reading *m, struct xr_error *err)
{
    const struct stream_event *event = &m->walk.event;

    if (event->kind == STREAM_EVENT_LIBXC)
        m->image->domain = m->walk.stream.domain;
    if (event->kind != STREAM_EVENT_RECORD || event->layer != STREAM_LIBXC)
        return 0;
    return event->type == LIBXC_REC_PAGE_DATA ? memory_take_pages(m, err)
                                              : memory_take_state(m, err);
}

static void count_pages(struct memory_image *image)
{
    struct memory_run run;
    uint64_t from = 0, first, count;

    for (; memory_map_next(&image->map, from, UINT64_MAX, &run);
         from = run.first + run.count) {
        image->pages += run.count;
        if (run.has_data)
            image->pages_with_data += run.count;
    }
    for (from = 0; memory_map_range(&image->map, from, &first, &count);
         from = first + count) {
        image->ranges++;
        image->end = first + count;
    }
}

static int begin_reading(struct memory_reading *m, int fd,
                         const struct memory_spool *spool,
                         struct xr_error *err)
{
    struct memory_image *image = m->image;

    m->spooling = !m->walk.reader.seekable;
    m->spool.fd = m->spooling && spool ? spool->fd : -1;
    if (m->spooling && !spool)
        return error_set(err, ESPIPE, "the image is not a regular file, so its "
                         "memory cannot be read by address");
    image->fd = m->spooling ? m->spool.fd : fd;
    image->start = m->spooling ? 0 : m->walk.reader.start;
    image->map.by_number = m->spooling;
    return 0;
}

static int read_events(struct memory_reading *m,
                       const struct listener *listener, struct xr_error *err)
{
    int r = 0;

    m->walk.reader.listener = listener;
    while (!r && m->walk.event.kind != STREAM_EVENT_END) {
        r = walk_next(&m->walk, err);
        if (!r)
            r = take_memory_event(m, err);
        if (!r)
            r = listener_progress(listener, m->walk.event.offset,
                                  m->walk.reader.size, err);
    }
    return r;
}

/* start: NULL is where fd stands. */
static int read_memory_of(int fd, const uint64_t *start,
                      const struct memory_spool *spool,
                      const struct listener *listener,
                      struct memory_image *out, struct xr_error *err)
{
    CLEANUP_FREE struct memory_reading *m = calloc(1, sizeof(*m));
    int r;

    *out = (struct memory_image){ .fd = -1 };
    if (!m)
        return error_set(err, ENOMEM, "out of memory");
    m->image = out;
    walk_open(&m->walk, fd);
    if (start)
        reader_open_at(&m->walk.reader, fd, *start);
    r = begin_reading(m, fd, spool, err);
    if (!r)
        r = read_events(m, listener, err);
    if (r)
        memory_image_free(out);
    else
        count_pages(out);
    return r;
}

int memory_image_read(int fd, const struct memory_spool *spool,
                      const struct listener *listener,
                      struct memory_image *out, struct xr_error *err)
{
    return read_memory_of(fd, NULL, spool, listener, out, err);
}

int memory_image_read_at(int fd, uint64_t start,
                         const struct listener *listener,
                         struct memory_image *out, struct xr_error *err)
{
    return read_memory_of(fd, &start, NULL, listener, out, err);
}

int memory_image_pages(const struct memory_image *image,
                       const struct memory_run *run, void *out,
                       struct xr_error *err)
{
    size_t n = (size_t)run->count * PAGE_SIZE_BYTES;
    ssize_t got;

    if (!run->has_data) {
        memset(out, 0, n);
        return 0;
    }
    got = pread_full(image->fd, out, n, (off_t)run->offset);
    if (got < 0)
        return error_system(err, (int)-got, "cannot read");
    /* The rest of a spool that was never written. */
    if (image->map.by_number)
        memset((uint8_t *)out + got, 0, n - (size_t)got);
    else if ((size_t)got < n)
        return error_at(err, ENODATA, run->offset + (uint64_t)got,
                        "the input ends early");
    return 0;
}

/* The part of a page that lies within the bytes wanted. */
static int copy_part(const struct memory_image *image, uint64_t address,
                     void *out, size_t n, struct xr_error *err)
{
    uint8_t page[PAGE_SIZE_BYTES];
    struct memory_run run;
    int r;

    if (!memory_map_next(&image->map, address / PAGE_SIZE_BYTES, 1, &run)
        || run.first != address / PAGE_SIZE_BYTES)
        return error_set(err, ENXIO, "the guest has no memory at 0x%" PRIx64,
                         address);
    r = memory_image_pages(image, &run, page, err);
    if (!r)
        memcpy(out, page + address % PAGE_SIZE_BYTES, n);
    return r;
}

int memory_image_bytes(const struct memory_image *image, uint64_t address,
                       void *out, size_t n, struct xr_error *err)
{
    uint8_t *to = out;
    size_t step;
    int r = 0;

    if (n && n - 1 > UINT64_MAX - address)
        return error_set(err, ENXIO, "no memory lies beyond 0x%" PRIx64,
                         UINT64_MAX);
    for (; !r && n; address += step, to += step, n -= step) {
        step = PAGE_SIZE_BYTES - (size_t)(address % PAGE_SIZE_BYTES);
        step = step < n ? step : n;
        r = copy_part(image, address, to, step, err);
    }
    return r;
}

void memory_image_free(struct memory_image *image)
{
    int saved = errno;
    size_t i;

    for (i = 0; i < image->vcpu_count; i++)
        free(image->vcpus[i].state);
    free(image->vcpus);
    free(image->shared_info);
    memory_map_free(&image->map);
    *image = (struct memory_image){ .fd = -1 };
    errno = saved;
}
