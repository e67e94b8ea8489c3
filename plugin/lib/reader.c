/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "lib/reader.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/spool.h"
#include "util/checked.h"
#include "util/cleanup.h"
#include "util/io.h"

enum {
    AHEAD_FIRST = 4096,
    AHEAD_AFTER_HOP = 64,
    ASKED_EACH_MS = 500,
};

void reader_open(struct reader *r, int fd)
{
    off_t start = lseek(fd, 0, SEEK_CUR);
    struct stat st;

    /* Not the window: it is large, and empty. */
    memset(r, 0, offsetof(struct reader, window));
    r->fd = fd;
    r->ahead = AHEAD_FIRST;
    if ((start < 0 && errno != ESPIPE) || fstat(fd, &st)) {
        r->failure = errno;
        return;
    }
    if (start < 0 || !S_ISREG(st.st_mode))
        return;
    r->seekable = true;
    r->start = (uint64_t)start;
    r->size = st.st_size > start ? (uint64_t)(st.st_size - start) : 0;
}

void reader_open_at(struct reader *r, int fd, uint64_t start)
{
    struct stat st;

    reader_open(r, fd);
    if (r->failure || !r->seekable || fstat(fd, &st))
        return;
    r->start = start;
    r->size = (uint64_t)st.st_size > start ? (uint64_t)st.st_size - start : 0;
}

static int cut_off(uint64_t at, struct xr_error *err)
{
    return error_at(err, ENODATA, at, "the input ends early");
}

static uint64_t window_end(const struct reader *r)
{
    return r->offset + r->length;
}

/* Forgets the window's bytes before offset, which may lie behind it. */
static void reader_drop(struct reader *r, uint64_t offset)
{
    uint64_t behind = offset - r->offset;
    size_t n = behind < r->length ? (size_t)behind : r->length;

    if (r->tap && n)
        r->tap(r->tap_data, r->window, n);
    memmove(r->window, r->window + n, r->length - n);
    r->offset += n;
    r->length -= n;
}

/*
 * Until something has come.  A signal that came just before would wake nobody, so it
 * is asked now and then whether somebody wants to stop.
 */
static int await_pipe(const struct reader *r)
{
    struct pollfd pipe = { .fd = r->fd, .events = POLLIN };
    int n = 0;

    while (!n || (n < 0 && errno == EINTR)) {
        if (listener_interrupted(r->listener))
            return -ECANCELED;
        n = poll(&pipe, 1, ASKED_EACH_MS);
    }
    return n < 0 ? -errno : 0;
}

static ssize_t read_pipe(struct reader *r)
{
    ssize_t got;
    int waited;

    if (r->spool)
        return spool_read(r->spool, r->window + r->length,
                          READER_VIEW_MAX - r->length);
    do {
        waited = await_pipe(r);
        if (waited)
            return waited;
        got = read(r->fd, r->window + r->length, READER_VIEW_MAX - r->length);
    } while (got < 0 && errno == EINTR);
    return got < 0 ? -errno : got;
}

/* Once more from the input; 0 at its end. */
static ssize_t reader_more(struct reader *r, size_t want)
{
    ssize_t got;

    if (r->failure)
        return -r->failure;
    if (r->seekable)
        got = pread_full(r->fd, r->window + r->length, want,
                         (off_t)(r->start + window_end(r)));
    else
        got = read_pipe(r);
    if (got < 0)
        return got;
    r->length += (size_t)got;
    r->bytes_read += (uint64_t)got;
    return got;
}

static int reader_failed(ssize_t got, struct xr_error *err)
{
    return error_system(err, (int)-got, "cannot read");
}

/* Moves the window's beginning to offset. */
static int move_to(struct reader *r, uint64_t offset, struct xr_error *err)
{
    ssize_t got;

    reader_drop(r, offset);
    if (r->offset == offset)
        return 0;
    if (r->seekable) {
        if (offset > r->size)
            return cut_off(r->size, err);
        r->offset = offset;
        r->ahead = AHEAD_AFTER_HOP;
        return 0;
    }
    while (r->offset < offset) {
        got = reader_more(r, 0);
        if (got < 0)
            return reader_failed(got, err);
        if (!got)
            return cut_off(window_end(r), err);
        reader_drop(r, offset);
    }
    return 0;
}

/* As much of n bytes at offset as there is. */
static int reader_fill(struct reader *r, uint64_t offset, size_t n,
                       struct xr_error *err)
{
    ssize_t got = 1;
    size_t want;
    int rc = 0;

    if (offset >= r->offset && range_fits(offset - r->offset, n, r->length))
        return 0;
    rc = move_to(r, offset, err);
    while (!rc && got && r->length < n) {
        want = r->ahead > n - r->length ? r->ahead : n - r->length;
        if (want > READER_VIEW_MAX - r->length)
            want = READER_VIEW_MAX - r->length;
        got = reader_more(r, want);
        if (got < 0)
            rc = reader_failed(got, err);
        if (r->ahead < READER_VIEW_MAX)
            r->ahead *= 2;
    }
    return rc;
}

int reader_view(struct reader *r, uint64_t offset, size_t n,
                const uint8_t **out, struct xr_error *err)
{
    int rc = reader_fill(r, offset, n, err);

    if (rc)
        return rc;
    if (!range_fits(offset - r->offset, n, r->length))
        return cut_off(window_end(r), err);
    *out = r->window + (offset - r->offset);
    return 0;
}

int reader_copy(struct reader *r, uint64_t offset, void *out, size_t n,
                struct xr_error *err)
{
    uint8_t *to = out;
    int rc = 0;

    while (n && !rc) {
        size_t step = n < READER_VIEW_MAX ? n : READER_VIEW_MAX;
        const uint8_t *bytes = NULL;

        rc = reader_view(r, offset, step, &bytes, err);
        if (rc)
            break;
        /* NOLINTNEXTLINE(clang-analyzer-core.*): it is set, for rc is 0 */
        memcpy(to, bytes, step);
        offset += step;
        to += step;
        n -= step;
    }
    return rc;
}

int reader_pass(struct reader *r, uint64_t offset, struct xr_error *err)
{
    return offset > r->offset ? move_to(r, offset, err) : 0;
}

int reader_available(struct reader *r, uint64_t offset, size_t max,
                     size_t *out, struct xr_error *err)
{
    int rc = reader_fill(r, offset, max, err);
    size_t n;

    if (rc)
        return rc;
    n = (size_t)(window_end(r) - offset);
    *out = n < max ? n : max;
    return 0;
}

int reader_text(struct reader *r, uint64_t offset, uint64_t n, size_t max,
                char **out, struct xr_error *err)
{
    CLEANUP_FREE char *text = NULL;
    int rc;

    /* Before memory is taken: has the input so much? */
    if (r->seekable && !range_fits(offset, n, r->size))
        return cut_off(r->size, err);
    if (n > max)
        return error_at(err, E2BIG, offset, "%llu bytes, where no more than "
                        "%zu are read", (unsigned long long)n, max);
    text = malloc((size_t)n + 1);
    if (!text)
        return error_set(err, ENOMEM, "out of memory");
    rc = reader_copy(r, offset, text, (size_t)n, err);
    if (rc)
        return rc;
    text[n] = '\0';
    *out = STEAL(text);
    return 0;
}
