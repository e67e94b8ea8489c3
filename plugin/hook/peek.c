/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "hook/peek.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "util/cleanup.h"
#include "util/io.h"

enum {
    LEAST = 64 << 10,   /* a look costs the same for less */
    PATIENCE_MS = 1000, /* without a single byte more */
    PAUSE_MS_MAX = 16,
};

/*
 * A pipe that is full of what is looked at must take in what is yet to come,
 * but no more: one that outgrows the processor's cache is slow.
 */
static void make_room(const struct peek *p, size_t n)
{
    size_t size = LEAST;
    int i;

    while (size < n + LEAST)
        size *= 2;
    for (i = 0; i < 2; i++) {
        int fd = i ? p->copy[1] : p->fd;

        /* Where that is not allowed, what does not fit is never seen. */
        if (fcntl(fd, F_GETPIPE_SZ) < (int)size)
            (void)fcntl(fd, F_SETPIPE_SZ, (int)size);
    }
}

static int begin_pipe(struct peek *p, struct xr_error *err)
{
    if (pipe2(p->copy, O_CLOEXEC)) {
        p->copy[0] = p->copy[1] = -1;
        return error_system(err, errno, "cannot look into the stream");
    }
    return 0;
}

int peek_begin(struct peek *peek, int fd, struct xr_error *err)
{
    off_t start = lseek(fd, 0, SEEK_CUR);
    struct stat st;

    *peek = (struct peek){ .fd = fd, .copy = { -1, -1 } };
    if (start >= 0) {
        peek->start = (uint64_t)start;
        return 0;
    }
    if (fstat(fd, &st))
        return error_system(err, errno, "cannot look into the stream");
    if (!S_ISFIFO(st.st_mode) && !S_ISSOCK(st.st_mode))
        return error_system(err, ESPIPE, "cannot look into the stream");
    peek->bytes = malloc(PEEK_MAX);
    if (!peek->bytes)
        return error_set(err, ENOMEM, "out of memory");
    peek->kind = S_ISFIFO(st.st_mode) ? PEEK_PIPE : PEEK_SOCKET;
    return peek->kind == PEEK_PIPE ? begin_pipe(peek, err) : 0;
}

void peek_end(struct peek *peek)
{
    cleanup_close(&peek->copy[0]);
    cleanup_close(&peek->copy[1]);
    cleanup_free(&peek->bytes);
}

/* The first bytes, at most n; how many, or below 0. */
static ssize_t peek_look(struct peek *p, size_t n)
{
    ssize_t got;

    do
        got = p->kind == PEEK_PIPE
                  ? tee(p->fd, p->copy[1], n, SPLICE_F_NONBLOCK)
                  : recv(p->fd, p->bytes, n, MSG_PEEK | MSG_DONTWAIT);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return errno == EAGAIN ? 0 : -1;
    return p->kind == PEEK_PIPE
               ? read_full(p->copy[0], p->bytes, (size_t)got) : got;
}

/* Will nothing more be written? */
static bool peek_has_ended(int fd)
{
    struct pollfd poller = { .fd = fd, .events = POLLIN | POLLRDHUP };

    return poll(&poller, 1, 0) == 1
           && poller.revents & (POLLHUP | POLLRDHUP | POLLERR);
}

static void pause_ms(unsigned int ms)
{
    const struct timespec t = { .tv_nsec = ms * 1000000L };

    nanosleep(&t, NULL);
}

/* Until there are so many bytes. */
static int peek_wait(struct peek *p, size_t n, struct xr_error *err)
{
    unsigned int waited = 0, pause = 1;

    if (p->kind == PEEK_PIPE && p->have < n)
        make_room(p, n);
    while (p->have < n) {
        bool ended = peek_has_ended(p->fd);
        ssize_t got = peek_look(p, n < LEAST ? LEAST : n);

        if (got < 0)
            return error_system(err, ESPIPE,
                                "cannot look into the stream");
        if ((size_t)got > p->have) {
            p->have = (size_t)got;
            waited = 0;
            pause = 1;
            continue;
        }
        if (ended)
            return error_at(err, EINVAL, p->have, "the stream ends early");
        if (waited >= PATIENCE_MS)
            return error_system(err, ESPIPE,
                                "cannot look so far into the stream");
        pause_ms(pause);
        waited += pause;
        pause = pause < PAUSE_MS_MAX ? pause * 2 : pause;
    }
    return 0;
}

static int peek_file(const struct peek *p, uint64_t offset, void *out,
                     size_t n, struct xr_error *err)
{
    ssize_t r = pread_full(p->fd, out, n, (off_t)(p->start + offset));

    if (r < 0)
        return error_system(err, (int)-r, "cannot read the stream");
    if ((size_t)r < n)
        return error_at(err, EINVAL, p->start + offset + (size_t)r,
                        "the stream ends early");
    return 0;
}

int peek_at(struct peek *peek, uint64_t offset, void *out, size_t n,
            struct xr_error *err)
{
    int r;

    if (peek->kind == PEEK_FILE)
        return peek_file(peek, offset, out, n, err);
    if (n > PEEK_MAX || offset > PEEK_MAX - n)
        return error_system(err, ESPIPE,
                            "cannot look so far into the stream");
    r = peek_wait(peek, offset + n, err);
    if (!r)
        memcpy(out, peek->bytes + offset, n);
    return r;
}
