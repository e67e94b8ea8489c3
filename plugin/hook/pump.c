/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The thread: it frames the stream (format/stream.h) and relays it piece by
 * piece (hook/relay.h).  What becomes of the pump stands at its end.
 */
#include "config.h"

#include "hook/pump.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include <sys/eventfd.h>

#include "format/record_finder.h"
#include "format/stream.h"
#include "hook/relay.h"
#include "util/cleanup.h"
#include "util/thread.h"

/* What a processor's own cache holds; a default pipe has a quarter. */
enum { PIPE_SIZE = 256 << 10 };

struct pump {
    pthread_t thread;
    bool started;
    int read_end; /* libxc's */

    /* The thread's alone, until it is joined. */
    struct relay relay; /* the thread closes its out: libxc sees the end */
    struct stream stream;
    struct record_finder finder;
    int result;
    struct xr_error err;
};

/* As much of the body of what may be our record as is wanted. */
static int pass_wanted(struct pump *p)
{
    uint8_t *bytes = p->relay.chunk;
    size_t n;
    int r = 0;

    while (!r && (n = record_finder_wants(&p->finder))) {
        n = n < RELAY_CHUNK ? n : RELAY_CHUNK;
        r = relay_pass_and_keep(&p->relay, bytes, n, &p->err);
        if (!r)
            record_finder_push(&p->finder, bytes, n);
    }
    return r;
}

/* What we refuse of the headers, libxc refuses, too. */
static int pass_piece(struct pump *p)
{
    uint8_t piece[STREAM_NEEDS_MAX];
    struct stream_event event;
    int r;

    r = relay_pass_and_keep(&p->relay, piece, stream_needs(&p->stream),
                            &p->err);
    if (r)
        return r;
    r = stream_push(&p->stream, piece, &event, &p->err);
    if (r)
        return r;
    record_finder_event(&p->finder, &event);
    r = pass_wanted(p);
    if (r)
        return r;
    return relay_pass(&p->relay, p->stream.offset - p->relay.offset, &p->err);
}

static int pass_stream(struct pump *p)
{
    int r = 0;

    while (!r && !stream_ended(&p->stream))
        r = pass_piece(p);
    return r;
}

static void *pump_run(void *data)
{
    struct pump *p = data;

    p->result = pass_stream(p);
    close(p->relay.out);
    return NULL;
}

static int start_thread(struct pump *p)
{
    int r = thread_begin(&p->thread, pump_run, p);

    p->started = !r;
    return r;
}

static void stop_thread(struct pump *p)
{
    (void)eventfd_write(p->relay.stop, 1);
    pthread_join(p->thread, NULL);
    p->relay.out = -1;
}

static void pump_free(struct pump *p)
{
    if (p->started)
        stop_thread(p);
    cleanup_close(&p->relay.out);
    cleanup_close(&p->read_end);
    cleanup_close(&p->relay.stop);
    cleanup_free(&p);
}

/*
 * One more stop costs a wake-up per pipe that is full or empty, so the pipes
 * are made wide, the incoming one, too.  Where that is not allowed, or it is a
 * socket, it goes on as it is.
 */
static void widen_pipe(int fd)
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
    p->relay.out = ends[1];
    if (fcntl(p->relay.out, F_SETFL, O_NONBLOCK))
        return errno;
    widen_pipe(p->relay.in);
    widen_pipe(p->relay.out);
    p->relay.stop = eventfd(0, EFD_CLOEXEC);
    return p->relay.stop < 0 ? errno : 0;
}

int pump_start(int in, struct pump **out, struct xr_error *err)
{
    struct pump *p = calloc(1, sizeof(*p));
    int code;

    if (!p)
        return error_set(err, ENOMEM, "out of memory");
    p->relay.in = in;
    p->relay.stop = p->relay.out = p->read_end = -1;
    stream_init_libxc(&p->stream, 0);
    record_finder_init(&p->finder);
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
static int pump_result(const struct pump *p, struct keylist *out,
                       struct xr_error *err)
{
    if (p->result && !(p->result == -ECANCELED && p->finder.found)) {
        if (err)
            *err = p->err;
        return p->result;
    }
    return record_finder_read(&p->finder, NULL, out, err);
}

int pump_finish(struct pump *pump, struct keylist *out, struct xr_error *err)
{
    int r;

    stop_thread(pump);
    pump->started = false;
    r = pump_result(pump, out, err);
    pump_free(pump);
    return r;
}
