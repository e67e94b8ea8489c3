/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "util/outlet.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "util/buffer.h"
#include "util/clock.h"

enum {
    PIECE = 4096,        /* a pipe that can be written to takes as much */
    TERMINAL_PIECE = 64, /* one that is about to stop has less room */
};

struct outlet {
    bool guarded, deaf;
    size_t left_out;
    struct buffer rest; /* of a text that was cut */
};

static struct outlet outlets[STDERR_FILENO + 1];

/* A signal is no room: the wait goes on.  Where nobody reads any more there is none. */
bool outlet_takes(int fd, int ms)
{
    struct pollfd out = { .fd = fd, .events = POLLOUT };
    uint64_t now = clock_ms(), until = now + (uint64_t)ms;
    int r;

    do {
        r = poll(&out, 1, now < until ? (int)(until - now) : 0);
        now = clock_ms();
    } while (r < 0 && errno == EINTR);
    return r > 0 && out.revents == POLLOUT;
}

/* How much of it was taken; less: nobody reads, or it cannot be written. */
static size_t write_pieces(int fd, const char *text, size_t n, int ms)
{
    size_t piece = isatty(fd) ? TERMINAL_PIECE : PIECE, done = 0;
    ssize_t r;

    while (done < n && outlet_takes(fd, ms)) {
        r = write(fd, text + done, n - done < piece ? n - done : piece);
        if (r < 0 && errno != EINTR)
            break;
        done += r > 0 ? (size_t)r : 0;
    }
    return done;
}

static FILE *stream_of(int fd)
{
    return fd == STDOUT_FILENO ? stdout : stderr;
}

static void write_guarded(struct outlet *outlet, int fd, const char *text,
                          size_t n)
{
    size_t done = outlet->deaf ? 0 : write_pieces(fd, text, n, OUTLET_MS);

    if (done == n)
        return;
    outlet->deaf = true;
    if (done)
        buffer_append(&outlet->rest, text + done, n - done);
    else
        outlet->left_out++;
}

void outlet_write(int fd, const char *text, size_t n)
{
    if (outlets[fd].guarded) {
        write_guarded(&outlets[fd], fd, text, n);
        return;
    }
    fwrite(text, 1, n, stream_of(fd));
    fflush(stream_of(fd));
}

bool outlet_is_deaf(int fd)
{
    return outlets[fd].deaf;
}

void outlet_guard(int fd)
{
    fflush(stream_of(fd));
    outlets[fd].guarded = true;
}

size_t outlet_release(int fd)
{
    struct outlet *outlet = &outlets[fd];
    size_t left_out = outlet->left_out;

    outlet->guarded = outlet->deaf = false;
    outlet->left_out = 0;
    if (outlet->rest.length)
        outlet_write(fd, outlet->rest.data, outlet->rest.length);
    buffer_free(&outlet->rest);
    return left_out;
}

/*
 * The reader may be gone between poll() and write(): that is no end of ours.  On
 * Linux sigprocmask() is about the calling thread, and needs no libpthread.
 */
static size_t write_without_sigpipe(int fd, const char *text, size_t n, int ms)
{
    const struct timespec at_once = { 0 };
    sigset_t sigpipe, before, pending;
    size_t done;

    sigemptyset(&sigpipe);
    sigemptyset(&pending);
    sigaddset(&sigpipe, SIGPIPE);
    sigpending(&pending);
    sigprocmask(SIG_BLOCK, &sigpipe, &before);
    done = write_pieces(fd, text, n, ms);
    if (done < n && sigismember(&pending, SIGPIPE) != 1)
        sigtimedwait(&sigpipe, NULL, &at_once);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return done;
}

void outlet_offer(int fd, const char *text, size_t n)
{
    static atomic_bool deaf;

    deaf = write_without_sigpipe(fd, text, n, deaf ? 0 : OUTLET_MS) < n;
}
