/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "domain/program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "util/cleanup.h"
#include "util/clock.h"

enum {
    PAUSE_NS = 1000000,
    POLL_MS = 5,     /* what it has started may keep its output open */
    MS_PER_SECOND = 1000,
    PATIENCE_MS = 5000, /* for what was killed */
    STDS = STDERR_FILENO + 1,
};

/* The ends of its standard output and standard error; -1: closed. */
struct wires {
    int reading[2];
    int writing[2];
    char line[PROGRAM_COMPLAINT_ROOM]; /* of standard error, as far as it has come */
    size_t line_length;
};

/* The kernel does it in one call from 5.9 on. */
void program_close_from(int first)
{
    long fd, end = sysconf(_SC_OPEN_MAX);

#ifdef SYS_close_range
    if (!syscall(SYS_close_range, first, ~0U, 0))
        return;
#endif
    for (fd = first; fd < end; fd++)
        close((int)fd);
}

static void close_wire(int *fd)
{
    cleanup_close(fd);
    *fd = -1;
}

static void close_wires(struct wires *w)
{
    int i;

    for (i = 0; i < 2; i++) {
        close_wire(&w->reading[i]);
        close_wire(&w->writing[i]);
    }
}

#define CLEANUP_WIRES __attribute__((cleanup(close_wires)))

/* Where this process has no standard fds, a pipe must not become one. */
static int keep_off_stds(int *fd)
{
    int moved;

    if (*fd >= STDS)
        return 0;
    moved = fcntl(*fd, F_DUPFD_CLOEXEC, STDS);
    if (moved < 0)
        return -errno;
    close(*fd);
    *fd = moved;
    return 0;
}

static int open_wires(struct wires *w)
{
    int i, ends[2], r = 0;

    for (i = 0; !r && i < 2; i++) {
        if (pipe2(ends, O_CLOEXEC))
            return -errno;
        w->reading[i] = ends[0];
        w->writing[i] = ends[1];
        r = keep_off_stds(&w->reading[i]);
        if (!r)
            r = keep_off_stds(&w->writing[i]);
        if (!r && fcntl(w->reading[i], F_SETFL, O_NONBLOCK))
            r = -errno;
    }
    return r;
}

/*
 * In the child.  Whoever follows this process if it is killed looks there for what it
 * has left running: what is not noted by then must not begin.
 */
static void note_running(const struct program *p, pid_t parent)
{
    if (!p->running)
        return;
    atomic_store(p->running, getpid());
    if (getppid() != parent)
        _exit(126);
}

/*
 * In the child: nothing of this process is the program's, nor are the signals
 * that a guardian ignores.
 */
__attribute__((noreturn))
static void become_program(const struct program *p, const struct wires *w,
                           pid_t parent)
{
    struct sigaction normal = { .sa_handler = SIG_DFL };
    int out = p->output ? w->writing[0] : STDERR_FILENO;
    int complaints = p->output ? w->writing[1] : STDERR_FILENO;
    sigset_t none;
    int null, i;

    setpgid(0, 0);
    note_running(p, parent);
    for (i = 1; i < NSIG; i++)
        sigaction(i, &normal, NULL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    null = open("/dev/null", O_RDONLY);
    if (null < 0 || dup2(null, STDIN_FILENO) < 0
        || dup2(out, STDOUT_FILENO) < 0
        || (complaints != STDERR_FILENO && dup2(complaints, STDERR_FILENO) < 0))
        _exit(126);
    program_close_from(STDS);
    execve(p->argv[0], p->argv, p->environment);
    _exit(127);
}

static void keep_output(struct program_output *o, const char *bytes, size_t n)
{
    size_t room = PROGRAM_OUTPUT_MAX - o->length;

    o->cut = o->cut || n > room;
    if (n > room)
        n = room;
    memcpy(o->text + o->length, bytes, n);
    o->length += n;
    o->text[o->length] = '\0';
}

/* A line of blanks alone says nothing. */
static void end_line(struct wires *w, struct program_output *o)
{
    w->line[w->line_length] = '\0';
    w->line_length = 0;
    if (w->line[strspn(w->line, " ")])
        memcpy(o->complaint, w->line, sizeof(o->complaint));
}

/* Of a line that is too long the end is dropped; a terminal is told nothing. */
static void keep_complaint(struct wires *w, struct program_output *o,
                           const char *bytes, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++) {
        unsigned char c = (unsigned char)bytes[i];

        if (c == '\n')
            end_line(w, o);
        else if (w->line_length < sizeof(w->line) - 1)
            w->line[w->line_length++] = c < 0x20 || c == 0x7f ? ' ' : (char)c;
    }
}

/* What has come by now.  Of one that never stops no more than this at once. */
static void read_wire(struct wires *w, int which, struct program_output *o)
{
    int *fd = &w->reading[which];
    unsigned int pieces = 64;
    char bytes[4096];
    ssize_t n = -1;

    while (*fd >= 0 && pieces--) {
        n = read(*fd, bytes, sizeof(bytes));
        if (n > 0 && which)
            keep_complaint(w, o, bytes, (size_t)n);
        else if (n > 0)
            keep_output(o, bytes, (size_t)n);
        else if (n < 0 && errno == EINTR)
            continue;
        else
            break;
    }
    if (*fd >= 0 && (n == 0 || (n < 0 && errno != EAGAIN)))
        close_wire(fd);
}

static void hear(struct wires *w, struct program_output *o)
{
    if (!o)
        return;
    read_wire(w, 0, o);
    read_wire(w, 1, o);
}

/* Until something happens, or for a moment. */
static void wait_a_moment(const struct wires *w)
{
    const struct timespec pause = { .tv_nsec = PAUSE_NS };
    struct pollfd fds[2] = {
        { .fd = w->reading[0], .events = POLLIN },
        { .fd = w->reading[1], .events = POLLIN },
    };

    if (fds[0].fd < 0 && fds[1].fd < 0)
        nanosleep(&pause, NULL);
    else
        (void)poll(fds, 2, POLL_MS);
}

/*
 * 0 and its wait status, -ETIMEDOUT, or another failure.  The clock counts,
 * not the pauses: on a busy host each is longer than it was asked to be.
 */
static int wait_until(pid_t child, uint64_t until, struct wires *w,
                      struct program_output *o, int *status)
{
    pid_t r;

    for (;;) {
        hear(w, o);
        r = waitpid(child, status, WNOHANG);
        if (r > 0)
            hear(w, o);
        if (r > 0)
            return 0;
        if (r < 0 && errno != EINTR)
            return -errno;
        if (clock_ms() >= until)
            return -ETIMEDOUT;
        wait_a_moment(w);
    }
}

static bool reap(pid_t child)
{
    int status;
    pid_t r = waitpid(child, &status, WNOHANG);

    return r > 0 || (r < 0 && errno != EINTR);
}

/* Signals end nobody who waits for a server that is dead. */
static void wait_for_dead(pid_t child)
{
    const struct timespec pause = { .tv_nsec = PAUSE_NS };
    uint64_t until = clock_ms() + PATIENCE_MS;

    while (!reap(child) && clock_ms() < until)
        nanosleep(&pause, NULL);
}

/*
 * A SIGTERM first: LVM holds signals back while a volume is suspended, and one
 * that was killed then would leave the guest without its disk.
 */
static void end_group(pid_t child, unsigned int grace)
{
    const struct timespec pause = { .tv_nsec = PAUSE_NS };
    uint64_t until = clock_ms() + (uint64_t)grace * MS_PER_SECOND;
    bool reaped = false;

    kill(-child, SIGTERM);
    while (clock_ms() < until) {
        /* Another's child cannot be waited for. */
        reaped = reaped || reap(child);
        if (reaped && kill(-child, 0))
            return;
        nanosleep(&pause, NULL);
    }
    kill(-child, SIGKILL);
    if (!reaped)
        wait_for_dead(child);
}

static uint64_t deadline_after(unsigned int seconds)
{
    return seconds ? clock_ms() + (uint64_t)seconds * MS_PER_SECOND
                   : UINT64_MAX;
}

/* Its wait status; or a failure, and then it is dead. */
static int follow_program(const struct program *p, pid_t child,
                          struct wires *w, int *status)
{
    int r;

    close_wire(&w->writing[0]);
    close_wire(&w->writing[1]);
    r = wait_until(child, deadline_after(p->limit), w, p->output, status);
    if (r == -ETIMEDOUT)
        end_group(child, p->grace);
    hear(w, p->output);
    if (p->output)
        end_line(w, p->output);
    if (p->running)
        atomic_store(p->running, 0);
    return r;
}

int program_run(const struct program *p, int *status_out, struct xr_error *err)
{
    CLEANUP_WIRES struct wires w = { { -1, -1 }, { -1, -1 }, "", 0 };
    const char *path = p->argv[0];
    int status = 0, r = p->output ? open_wires(&w) : 0;
    pid_t parent = getpid(), child = -1;

    if (p->output)
        *p->output = (struct program_output){ .length = 0 };
    if (!r)
        child = fork();
    if (!r && child < 0)
        r = -errno;
    if (!child)
        become_program(p, &w, parent);
    if (r)
        return error_set(err, EIO, "%s cannot be started: %s", path,
                         strerror(-r));
    setpgid(child, child);
    r = follow_program(p, child, &w, &status);
    if (r == -ETIMEDOUT)
        return error_set(err, EIO, "%s has not ended within %u s", path,
                         p->limit);
    if (r)
        return error_set(err, EIO, "%s: %s", path, strerror(-r));
    if (WIFSIGNALED(status))
        return error_set(err, EIO, "%s was ended by signal %d", path,
                         WTERMSIG(status));
    *status_out = WEXITSTATUS(status);
    return 0;
}

void program_wait_for(pid_t group, unsigned int seconds, unsigned int grace)
{
    const struct timespec pause = { .tv_nsec = PAUSE_NS };
    uint64_t until = clock_ms() + (uint64_t)seconds * MS_PER_SECOND;

    while (!kill(-group, 0)) {
        if (clock_ms() >= until) {
            end_group(group, grace);
            return;
        }
        nanosleep(&pause, NULL);
    }
}
