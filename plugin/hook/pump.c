/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Everything that the thread waits for, it waits for in one place, beside an
 * eventfd that ends it: it never blocks in a read, a write or a splice.  The
 * incoming fd may be shared with the toolstack, so it is not made
 * non-blocking; it is read only when poll(2) says that there is something.
 */
#include "config.h"

#include "hook/pump.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include <sys/eventfd.h>

#include "format/libxc.h"
#include "format/record.h"
#include "util/cleanup.h"

enum {
    /* What a processor's own cache holds; a default pipe has a quarter. */
    PIPE_SIZE = 256 << 10,
    CHUNK = 64 << 10,
};

struct pump {
    pthread_t thread;
    bool started;
    int in;       /* borrowed */
    int wake;     /* an eventfd; readable: stop */
    int read_end; /* libxc's */
    int out;      /* the thread's, which closes it: libxc sees the end */

    /* The thread's alone, until it is joined. */
    uint64_t offset;  /* bytes taken from in */
    bool cannot_splice;
    bool looking;     /* for the record: it comes before the first page */
    bool found;
    uint64_t record_offset;
    uint32_t record_length;
    int result;
    struct xr_error err;
    uint8_t record[RECORD_BODY_MAX];
    uint8_t chunk[CHUNK];
};

/* 0: fd is ready, or has an error to tell.  -ECANCELED: libxc is done. */
static int wait_for(struct pump *p, int fd, short events)
{
    struct pollfd fds[] = {
        { .fd = fd, .events = events },
        { .fd = p->wake, .events = POLLIN },
    };
    int r;

    do
        r = poll(fds, 2, -1);
    while (r < 0 && errno == EINTR);
    if (r < 0)
        return error_system(&p->err, errno, "cannot wait for the stream");
    if (fds[1].revents)
        return error_at(&p->err, ECANCELED, p->offset,
                        "libxc reads no further");
    return 0;
}

static bool is_transient(int code)
{
    return code == EINTR || code == EAGAIN;
}

/* At least one byte, at most n. */
static ssize_t take(struct pump *p, uint8_t *bytes, size_t n)
{
    ssize_t got;
    int r;

    do {
        r = wait_for(p, p->in, POLLIN);
        if (r)
            return r;
        got = read(p->in, bytes, n);
    } while (got < 0 && is_transient(errno));
    if (got < 0)
        return error_system(&p->err, errno, "cannot read the stream");
    if (!got)
        return error_at(&p->err, EINVAL, p->offset, "the stream ends early");
    p->offset += (uint64_t)got;
    return got;
}

static int give(struct pump *p, const uint8_t *bytes, size_t n)
{
    ssize_t put;
    int r;

    while (n) {
        put = write(p->out, bytes, n);
        if (put >= 0) {
            bytes += put;
            n -= (size_t)put;
            continue;
        }
        if (!is_transient(errno))
            return error_system(&p->err, errno, "cannot feed libxc");
        r = wait_for(p, p->out, POLLOUT);
        if (r)
            return r;
    }
    return 0;
}

/* Exactly n bytes, which are wanted here, too.  Each is passed on at once. */
static int pass_and_keep(struct pump *p, uint8_t *bytes, size_t n)
{
    ssize_t got;
    int r;

    for (; n; bytes += got, n -= (size_t)got) {
        got = take(p, bytes, n);
        if (got < 0)
            return (int)got;
        r = give(p, bytes, (size_t)got);
        if (r)
            return r;
    }
    return 0;
}

static ssize_t copy_some(struct pump *p, size_t n)
{
    ssize_t got = take(p, p->chunk, n < CHUNK ? n : CHUNK);
    int r;

    if (got < 0)
        return got;
    r = give(p, p->chunk, (size_t)got);
    return r ? r : got;
}

/*
 * 0: nothing was moved, look again.  Both pipes count as not ready in the
 * same cases for poll(2) and for splice(2), so that this does not spin.
 */
static ssize_t splice_some(struct pump *p, size_t n)
{
    ssize_t got;
    int r = wait_for(p, p->in, POLLIN);

    if (r)
        return r;
    got = splice(p->in, NULL, p->out, NULL, n,
                 SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
    if (got > 0)
        p->offset += (uint64_t)got;
    if (got > 0)
        return got;
    if (!got)
        return error_at(&p->err, EINVAL, p->offset, "the stream ends early");
    if (errno == EAGAIN)
        return wait_for(p, p->out, POLLOUT);
    if (errno == EINTR)
        return 0;
    /* Not every kind of file can; nothing was taken. */
    p->cannot_splice = errno == EINVAL || errno == ENOSYS || errno == EPERM;
    return p->cannot_splice ? 0 : error_system(&p->err, errno,
                                               "cannot read the stream");
}

static int pass(struct pump *p, uint64_t n)
{
    ssize_t got;

    for (; n; n -= (uint64_t)got) {
        got = p->cannot_splice ? copy_some(p, n) : splice_some(p, n);
        if (got < 0)
            return (int)got;
    }
    return 0;
}

/* The body of what may be our record, without its padding. */
static int pass_record(struct pump *p, uint32_t length)
{
    uint64_t offset = p->offset;
    int r = pass_and_keep(p, p->record, length);

    if (!r && record_is_ours(RECORD_TYPE, p->record, length)) {
        p->found = true;
        p->looking = false;
        p->record_offset = offset;
        p->record_length = length;
    }
    return r;
}

static int pass_body(struct pump *p, const struct libxc_record_header *header)
{
    uint64_t left = libxc_padded_length(header->length);
    int r;

    if (header->type == LIBXC_REC_PAGE_DATA
        || header->type == LIBXC_REC_CHECKPOINT)
        p->looking = false;
    if (p->looking && header->type == RECORD_TYPE
        && header->length <= RECORD_BODY_MAX) {
        r = pass_record(p, header->length);
        if (r)
            return r;
        left -= header->length;
    }
    return pass(p, left);
}

static int pass_headers(struct pump *p)
{
    uint8_t bytes[LIBXC_IMAGE_HEADER_SIZE];
    struct libxc_image_header header;
    int r;

    r = pass_and_keep(p, bytes, sizeof(bytes));
    if (r)
        return r;
    /* What we refuse here, libxc refuses, too. */
    r = libxc_image_header_decode(bytes, 0, &header, &p->err);
    if (r)
        return r;
    return pass(p, LIBXC_DOMAIN_HEADER_SIZE);
}

static int pass_stream(struct pump *p)
{
    uint8_t bytes[LIBXC_RECORD_HEADER_SIZE];
    struct libxc_record_header header;
    int r;

    r = pass_headers(p);
    if (r)
        return r;
    do {
        r = pass_and_keep(p, bytes, sizeof(bytes));
        if (r)
            return r;
        r = libxc_record_header_decode(bytes, p->offset - sizeof(bytes),
                                       &header, &p->err);
        if (r)
            return r;
        r = pass_body(p, &header);
        if (r)
            return r;
    } while (header.type != LIBXC_REC_END);
    return 0;
}

static void *run(void *data)
{
    struct pump *p = data;

    p->result = pass_stream(p);
    close(p->out);
    return NULL;
}

/* The process's signals are not for our thread. */
static int start_thread(struct pump *p)
{
    sigset_t all, before;
    int r;

    sigfillset(&all);
    r = pthread_sigmask(SIG_SETMASK, &all, &before);
    if (r)
        return r;
    r = pthread_create(&p->thread, NULL, run, p);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    p->started = !r;
    return r;
}

static void stop_thread(struct pump *p)
{
    (void)eventfd_write(p->wake, 1);
    pthread_join(p->thread, NULL);
    p->out = -1;
}

static void pump_free(struct pump *p)
{
    if (p->started)
        stop_thread(p);
    cleanup_close(&p->out);
    cleanup_close(&p->read_end);
    cleanup_close(&p->wake);
    cleanup_free(&p);
}

/*
 * One more stop costs a wake-up per pipe that is full or empty, so the pipes
 * are made wide, the incoming one, too.  Where that is not allowed, or it is a
 * socket, it goes on as it is.
 */
static void widen(int fd)
{
    int size = fcntl(fd, F_GETPIPE_SZ);

    if (size >= 0 && size < PIPE_SIZE)
        (void)fcntl(fd, F_SETPIPE_SZ, PIPE_SIZE);
}

/* Only our end waits in poll(2); libxc's read(2) has to block. */
static int open_fds(struct pump *p)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC))
        return errno;
    p->read_end = ends[0];
    p->out = ends[1];
    if (fcntl(p->out, F_SETFL, O_NONBLOCK))
        return errno;
    widen(p->in);
    widen(p->out);
    p->wake = eventfd(0, EFD_CLOEXEC);
    return p->wake < 0 ? errno : 0;
}

int pump_start(int in, struct pump **out, struct xr_error *err)
{
    struct pump *p = calloc(1, sizeof(*p));
    int code;

    if (!p)
        return error_set(err, ENOMEM, "out of memory");
    p->in = in;
    p->wake = p->read_end = p->out = -1;
    p->looking = true;
    code = open_fds(p);
    if (!code)
        code = start_thread(p);
    if (code) {
        pump_free(p);
        return error_system(err, code, "cannot look into the stream");
    }
    *out = p;
    return 0;
}

int pump_fd(const struct pump *pump)
{
    return pump->read_end;
}

/* Of a thread that is joined. */
static int result(const struct pump *p, struct keylist *out,
                  struct xr_error *err)
{
    int r;

    if (p->result && !(p->result == -ECANCELED && p->found)) {
        if (err)
            *err = p->err;
        return p->result;
    }
    if (!p->found)
        return error_set(err, ENOENT, "none before the first page");
    r = record_decode(p->record, p->record_length, NULL, out, err);
    if (r && err && err->offset != XR_NO_OFFSET)
        err->offset += p->record_offset;
    return r;
}

int pump_finish(struct pump *pump, struct keylist *out, struct xr_error *err)
{
    int r;

    stop_thread(pump);
    pump->started = false;
    r = result(pump, out, err);
    pump_free(pump);
    return r;
}
