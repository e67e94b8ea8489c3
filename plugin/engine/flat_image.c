/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/flat_image.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/free_memory.h"
#include "util/cleanup.h"
#include "util/file_limit.h"
#include "util/thread.h"

enum {
    PIPE_SIZE = 1 << 20,
    AHEAD = 1 << 20,
    HELD_MAX = 256 << 20,
    HELD_PART = 8, /* of the memory that there is, at most */
};

struct flat_image {
    struct flat_writer *writer;
    pthread_t thread;
    bool joined;
    int stream;          /* the reading end */
    struct spool *spool; /* which reads there */
    atomic_bool failed;
    struct xr_error why; /* of the thread, until it was joined */
};

static void *follow(void *data)
{
    struct flat_image *image = data;

    if (!flat_writer_take(image->writer, &image->why))
        return NULL;
    atomic_store(&image->failed, true);
    spool_drain(image->spool);
    return NULL;
}

static int open_pipe(struct flat_image *image, int *stream_out,
                     struct xr_error *err)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC))
        return error_system(err, errno, "a pipe");
    /* Where it may not be so large it stays as it is. */
    (void)fcntl(ends[1], F_SETPIPE_SZ, PIPE_SIZE);
    image->stream = ends[0];
    *stream_out = ends[1];
    return 0;
}

/* A host's memory is the guests'; what dom0 has of it may be little. */
static size_t memory_to_hold(void)
{
    uint64_t bytes = free_memory("") / HELD_PART;

    return bytes < HELD_MAX ? (size_t)bytes : HELD_MAX;
}

static int begin_writer(struct flat_image *image, int fd,
                        struct flat_layout *parent, struct xr_error *err)
{
    struct flat_order order = {
        .in = image->stream,
        .out = fd,
        .parent = parent,
        .spool = image->spool,
        .seal = true,
    };

    return flat_writer_new(&order, &image->writer, err);
}

static int begin(struct flat_image *image, int fd, struct flat_layout *parent,
                 int *stream_out, struct xr_error *err)
{
    int code, r = open_pipe(image, stream_out, err);

    if (!r)
        r = spool_new(image->stream, AHEAD, memory_to_hold(), &image->spool,
                      err);
    if (!r)
        r = begin_writer(image, fd, parent, err);
    if (r)
        return r;
    code = thread_begin(&image->thread, follow, image);
    if (code)
        return error_system(err, code, "a thread");
    image->joined = false;
    return 0;
}

int flat_image_begin(int fd, struct flat_layout *parent, int *stream_out,
                     struct flat_image **out, struct xr_error *err)
{
    struct flat_image *image = calloc(1, sizeof(*image));
    int r;

    *stream_out = -1;
    if (!image)
        return error_set(err, ENOMEM, "out of memory");
    image->stream = -1;
    image->joined = true;
    r = begin(image, fd, parent, stream_out, err);
    if (!r) {
        *out = image;
        return 0;
    }
    cleanup_close(stream_out);
    *stream_out = -1;
    flat_image_abandon(&image);
    return r;
}

void flat_image_hold(struct flat_image *image)
{
    spool_hold(image->spool, true);
}

uint64_t flat_image_done(struct flat_image *image)
{
    return spool_taken(image->spool);
}

bool flat_image_has_failed(struct flat_image *image)
{
    return atomic_load(&image->failed);
}

void flat_image_set_keys(struct flat_image *image,
                         const struct keylist *keys)
{
    flat_writer_set_keys(image->writer, keys);
}

static void join(struct flat_image *image)
{
    if (!image->joined) {
        spool_hold(image->spool, false);
        pthread_join(image->thread, NULL);
    }
    image->joined = true;
}

static int close_writer(struct flat_image *image, struct flat_outcome *out,
                        struct xr_error *err)
{
    struct sigaction before;
    int r;

    file_limit_fails(&before);
    r = flat_writer_close(image->writer, out, err);
    file_limit_kills(&before);
    return r;
}

int flat_image_finish(struct flat_image *image, struct flat_outcome *out,
                      struct xr_error *err)
{
    join(image);
    if (flat_image_has_failed(image)) {
        if (err)
            *err = image->why;
        return -image->why.code;
    }
    return close_writer(image, out, err);
}

void flat_image_abandon(struct flat_image **image)
{
    struct flat_image *i = *image;
    int saved = errno;

    if (i) {
        /* What has come is written for nobody any more. */
        if (!i->joined)
            spool_stop(i->spool);
        join(i);
        flat_writer_free(&i->writer);
        spool_free(&i->spool);
        cleanup_close(&i->stream);
    }
    free(i);
    *image = NULL;
    errno = saved;
}
