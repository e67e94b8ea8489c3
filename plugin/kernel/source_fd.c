/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files and pipes.  What came out of a pipe is kept, because a container may
 * ask for its beginning again; it is read no further than anyone asks.
 */
#include "config.h"

#include "kernel/source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/buffer.h"
#include "util/checked.h"
#include "util/io.h"

enum { PIPE_CHUNK = 1 << 16 };

struct fd_source {
    struct source source;
    int fd;
    off_t start;         /* -1: not seekable */
    struct buffer kept;  /* of a pipe */
    bool ended;
};

static ssize_t file_read_at(const struct fd_source *file, uint64_t offset,
                            void *out, size_t n, struct xr_error *err)
{
    ssize_t got;

    if (offset > (uint64_t)(INT64_MAX - file->start))
        return 0;
    got = pread_full(file->fd, out, n, file->start + (off_t)offset);
    if (got < 0) {
        error_system(err, (int)-got, "cannot read");
        if (err)
            err->offset = offset;
    }
    return got;
}

/* Reads on until end is kept or the pipe ends. */
static int pipe_fill(struct fd_source *file, uint64_t end,
                     struct xr_error *err)
{
    char chunk[PIPE_CHUNK];
    ssize_t got;

    while (!file->ended && file->kept.length < end) {
        if (file->kept.length + sizeof(chunk) > PIPE_KEPT_MAX)
            return error_at(err, EFBIG, file->kept.length,
                            "too long for a kernel image from a pipe");
        got = read_full(file->fd, chunk, sizeof(chunk));
        if (got < 0) {
            error_system(err, (int)-got, "cannot read");
            if (err)
                err->offset = file->kept.length;
            return (int)got;
        }
        file->ended = (size_t)got < sizeof(chunk);
        buffer_append(&file->kept, chunk, (size_t)got);
        if (buffer_failed(&file->kept))
            return error_set(err, ENOMEM, "out of memory");
    }
    return 0;
}

static ssize_t fd_read_at(struct source *self, uint64_t offset, void *out,
                          size_t n, struct xr_error *err)
{
    struct fd_source *file = (struct fd_source *)self;
    uint64_t end;
    int r;

    if (file->start >= 0)
        return file_read_at(file, offset, out, n, err);
    if (!checked_add(offset, n, &end))
        return 0;
    r = pipe_fill(file, end, err);
    if (r)
        return r;
    if (offset >= file->kept.length)
        return 0;
    if (n > file->kept.length - offset)
        n = (size_t)(file->kept.length - offset);
    memcpy(out, file->kept.data + offset, n);
    return (ssize_t)n;
}

static void fd_release(struct source *self)
{
    struct fd_source *file = (struct fd_source *)self;

    buffer_free(&file->kept);
    free(file);
}

struct source *source_from_fd(int fd)
{
    static const struct source_ops ops = {
        .read_at = fd_read_at,
        .release = fd_release,
    };
    struct fd_source *file = calloc(1, sizeof(*file));

    if (!file)
        return NULL;
    file->source.ops = &ops;
    file->fd = fd;
    file->start = lseek(fd, 0, SEEK_CUR);
    return &file->source;
}
