/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "lib/memory_form.h"

#include <errno.h>
#include <stdlib.h>

#include "format/pages.h"
#include "util/bytes.h"
#include "util/cleanup.h"

enum {
    CHUNK_PAGES = 256,
    LIME_MAGIC = 0x4C694D45,
    LIME_HEADER_SIZE = 32,
};

static int read_chunk(struct memory_writing *w, const struct memory_run *run,
                      struct xr_error *err)
{
    int r = memory_image_pages(w->image, run, w->chunk, err);

    w->done += run->count;
    return r ? r : listener_progress(w->listener, w->done * PAGE_SIZE_BYTES,
                                     w->all * PAGE_SIZE_BYTES, err);
}

int memory_each_chunk(struct memory_writing *w, uint64_t first,
                      uint64_t count,
                      int (*take)(struct memory_writing *w, void *data,
                                  const struct memory_run *run,
                                  struct xr_error *err),
                      void *data, struct xr_error *err)
{
    uint64_t from = first, left;
    struct memory_run run;
    int r = 0;

    for (; !r && from < first + count; from = run.first + run.count) {
        left = first + count - from;
        if (!memory_map_next(&w->image->map, from,
                             left < CHUNK_PAGES ? left : CHUNK_PAGES, &run))
            break;
        r = read_chunk(w, &run, err);
        if (!r)
            r = take(w, data, &run, err);
    }
    return r;
}

static int put_chunk(struct memory_writing *w, void *data,
                     const struct memory_run *run, struct xr_error *err)
{
    (void)data;
    return memory_sink_pages(w->sink, w->chunk, (size_t)run->count, err);
}

int memory_put_pages(struct memory_writing *w, uint64_t first, uint64_t count,
                     struct xr_error *err)
{
    return memory_each_chunk(w, first, count, put_chunk, NULL, err);
}

int memory_put_all(struct memory_writing *w, struct xr_error *err)
{
    uint64_t from = 0, first, count;
    int r = 0;

    for (; !r && memory_map_range(&w->image->map, from, &first, &count);
         from = first + count)
        r = memory_put_pages(w, first, count, err);
    return r;
}

uint64_t memory_raw_size(const struct memory_image *image)
{
    return image->end * PAGE_SIZE_BYTES;
}

static int write_raw(struct memory_writing *w, struct xr_error *err)
{
    uint64_t from = 0, first, count;
    int r = memory_sink_expect(w->sink, memory_raw_size(w->image), err);

    for (; !r && memory_map_range(&w->image->map, from, &first, &count);
         from = first + count) {
        r = memory_sink_to(w->sink, first * PAGE_SIZE_BYTES, err);
        if (!r)
            r = memory_put_pages(w, first, count, err);
    }
    return r;
}

/* The last address belongs to the range. */
static int put_lime_header(struct memory_writing *w, uint64_t first,
                           uint64_t count, struct xr_error *err)
{
    uint8_t header[LIME_HEADER_SIZE] = { 0 };

    store_le32(header, LIME_MAGIC);
    store_le32(header + 4, 1);
    store_le64(header + 8, first * PAGE_SIZE_BYTES);
    store_le64(header + 16, (first + count) * PAGE_SIZE_BYTES - 1);
    return memory_sink_put(w->sink, header, sizeof(header), err);
}

static int write_lime(struct memory_writing *w, struct xr_error *err)
{
    uint64_t from = 0, first, count;
    int r = memory_sink_expect(w->sink, w->image->ranges * LIME_HEADER_SIZE
                               + w->image->pages * PAGE_SIZE_BYTES, err);

    for (; !r && memory_map_range(&w->image->map, from, &first, &count);
         from = first + count) {
        r = put_lime_header(w, first, count, err);
        if (!r)
            r = memory_put_pages(w, first, count, err);
    }
    return r;
}

int memory_write(const struct memory_image *image, enum memory_form form,
                 struct memory_sink *sink, const struct listener *listener,
                 bool *vmcoreinfo_out, struct xr_error *err)
{
    static int (*const writers[])(struct memory_writing *,
                                  struct xr_error *) = {
        [MEMORY_RAW] = write_raw,
        [MEMORY_ELF] = memory_write_elf,
        [MEMORY_LIME] = write_lime,
        [MEMORY_XEN] = memory_write_xen,
    };
    CLEANUP_FREE uint8_t *chunk = malloc((size_t)CHUNK_PAGES * PAGE_SIZE_BYTES);
    struct memory_writing w = {
        .image = image,
        .sink = sink,
        .listener = listener,
        .chunk = chunk,
        .all = image->pages,
    };
    int r;

    if (!chunk)
        return error_set(err, ENOMEM, "out of memory");
    r = writers[form](&w, err);
    if (!r)
        r = memory_sink_close(sink, err);
    if (!r)
        *vmcoreinfo_out = w.vmcoreinfo;
    return r;
}
