/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "hook/relay.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

/* 0: fd is ready, or has an error to tell.  -ECANCELED: stop. */
static int relay_wait(const struct relay *relay, int fd, short events,
                      struct xr_error *err)
{
    struct pollfd fds[] = {
        { .fd = fd, .events = events },
        { .fd = relay->stop, .events = POLLIN },
    };
    int r;

    do
        r = poll(fds, 2, -1);
    while (r < 0 && errno == EINTR);
    if (r < 0)
        return error_system(err, errno, "cannot wait for the stream");
    if (fds[1].revents)
        return error_at(err, ECANCELED, relay->offset,
                        "libxc reads no further");
    return 0;
}

static bool is_transient(int code)
{
    return code == EINTR || code == EAGAIN;
}

/* At least one byte, at most n. */
static ssize_t relay_take(struct relay *relay, uint8_t *bytes, size_t n,
                    struct xr_error *err)
{
    ssize_t got;
    int r;

    do {
        r = relay_wait(relay, relay->in, POLLIN, err);
        if (r)
            return r;
        got = read(relay->in, bytes, n);
    } while (got < 0 && is_transient(errno));
    if (got < 0)
        return error_system(err, errno, "cannot read the stream");
    if (!got)
        return error_at(err, EINVAL, relay->offset, "the stream ends early");
    relay->offset += (uint64_t)got;
    return got;
}

static int relay_give(struct relay *relay, const uint8_t *bytes, size_t n,
                struct xr_error *err)
{
    ssize_t put;
    int r;

    while (n) {
        put = write(relay->out, bytes, n);
        if (put >= 0) {
            bytes += put;
            n -= (size_t)put;
            continue;
        }
        if (!is_transient(errno))
            return error_system(err, errno, "cannot feed libxc");
        r = relay_wait(relay, relay->out, POLLOUT, err);
        if (r)
            return r;
    }
    return 0;
}

int relay_pass_and_keep(struct relay *relay, uint8_t *out, size_t n,
                        struct xr_error *err)
{
    ssize_t got;
    int r;

    for (; n; out += got, n -= (size_t)got) {
        got = relay_take(relay, out, n, err);
        if (got < 0)
            return (int)got;
        r = relay_give(relay, out, (size_t)got, err);
        if (r)
            return r;
    }
    return 0;
}

static ssize_t relay_copy(struct relay *relay, uint64_t n,
                         struct xr_error *err)
{
    ssize_t got = relay_take(relay, relay->chunk,
                       n < RELAY_CHUNK ? (size_t)n : RELAY_CHUNK, err);
    int r;

    if (got < 0)
        return got;
    r = relay_give(relay, relay->chunk, (size_t)got, err);
    return r ? r : got;
}

/*
 * 0: nothing was moved, look again.  Both pipes count as not ready in the
 * same cases for poll(2) and for splice(2), so that this does not spin.
 */
static ssize_t relay_splice(struct relay *relay, uint64_t n,
                           struct xr_error *err)
{
    ssize_t got;
    int r = relay_wait(relay, relay->in, POLLIN, err);

    if (r)
        return r;
    got = splice(relay->in, NULL, relay->out, NULL, n,
                 SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
    if (got > 0)
        relay->offset += (uint64_t)got;
    if (got > 0)
        return got;
    if (!got)
        return error_at(err, EINVAL, relay->offset, "the stream ends early");
    if (errno == EAGAIN)
        return relay_wait(relay, relay->out, POLLOUT, err);
    if (errno == EINTR)
        return 0;
    /* Not every kind of file can; nothing was taken. */
    relay->cannot_splice = errno == EINVAL || errno == ENOSYS
                           || errno == EPERM;
    return relay->cannot_splice ? 0 : error_system(err, errno,
                                                   "cannot read the stream");
}

int relay_pass(struct relay *relay, uint64_t n, struct xr_error *err)
{
    ssize_t got;

    for (; n; n -= (uint64_t)got) {
        got = relay->cannot_splice ? relay_copy(relay, n, err)
                                   : relay_splice(relay, n, err);
        if (got < 0)
            return (int)got;
    }
    return 0;
}
