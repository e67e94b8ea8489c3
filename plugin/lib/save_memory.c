/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The memory of a saved guest, for struct xr_save of the public API.
 */
#include "config.h"

#include "lib/save_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format/pages.h"
#include "lib/api.h"
#include "util/cleanup.h"

/* The offset is the caller's, who may move it: it is kept. */
void save_memory_open(struct save_memory *memory, int fd)
{
    off_t start = lseek(fd, 0, SEEK_CUR);
    struct stat st;

    *memory = (struct save_memory){ .fd = -1, .failure = ESPIPE };
    if (start < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode))
        return;
    memory->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    memory->failure = memory->fd < 0 ? errno : 0;
    memory->start = (uint64_t)start;
}

void save_memory_close(struct save_memory *memory)
{
    if (memory->is_read)
        memory_image_free(&memory->image);
    free(memory->ranges);
    cleanup_close(&memory->fd);
}

/* Once; after a failure it is tried again. */
static int find_pages(struct save_memory *memory, struct xr_error *err)
{
    int r;

    if (memory->is_read)
        return 0;
    if (memory->failure == ESPIPE)
        return error_set(err, ESPIPE, "the memory of an image that came by a "
                         "pipe cannot be read");
    if (memory->fd < 0)
        return error_system(err, memory->failure, "cannot read the image");
    r = memory_image_read_at(memory->fd, memory->start, NULL, &memory->image,
                             err);
    memory->is_read = !r;
    return r;
}

int xr_memory_read(struct xr_save *save, uint64_t address, void *buffer,
                   size_t length, struct xr_error *err)
{
    struct save_memory *memory;
    int r;

    if (!save || (!buffer && length))
        return api_usage(err);
    memory = save_memory_of(save);
    r = find_pages(memory, err);
    return r ? r : memory_image_bytes(&memory->image, address, buffer, length,
                                      err);
}

static int list_ranges(struct save_memory *memory, struct xr_error *err)
{
    size_t n = (size_t)memory->image.ranges, i;
    uint64_t from = 0, first = 0, count = 0;
    struct xr_memory_range *ranges = calloc(n ? n : 1, sizeof(*ranges));

    if (!ranges)
        return error_set(err, ENOMEM, "out of memory");
    for (i = 0; i < n && memory_map_range(&memory->image.map, from, &first,
                                          &count);
         i++, from = first + count)
        ranges[i] = (struct xr_memory_range){
            .address = first * PAGE_SIZE_BYTES,
            .length = count * PAGE_SIZE_BYTES,
        };
    memory->ranges = ranges;
    return 0;
}

int xr_memory_ranges(struct xr_save *save, const struct xr_memory_range **out,
                     size_t *count_out, struct xr_error *err)
{
    struct save_memory *memory;
    int r;

    if (!save || !out || !count_out)
        return api_usage(err);
    memory = save_memory_of(save);
    r = find_pages(memory, err);
    if (!r && !memory->ranges)
        r = list_ranges(memory, err);
    if (r)
        return r;
    *out = memory->ranges;
    *count_out = (size_t)memory->image.ranges;
    return 0;
}
