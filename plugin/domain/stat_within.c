/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "domain/stat_within.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include "domain/program.h"
#include "util/cleanup.h"
#include "util/clock.h"

enum { FAREWELL_MS = 100 };

struct answer {
    int error;
    struct stat st;
};

/*
 * It may outlive this process, and has nothing open that somebody waits for the end
 * of.  Less than PIPE_BUF is written at once.
 */
__attribute__((noreturn))
static void answer_in_child(const char *path, int wire)
{
    struct answer answer = { .error = 0 };

    if (dup2(wire, STDIN_FILENO) < 0)
        _exit(1);
    program_close_from(STDIN_FILENO + 1);
    if (stat(path, &answer.st))
        answer.error = errno;
    _exit(write(STDIN_FILENO, &answer, sizeof(answer)) < 0);
}

/* Has it said something, or ended? */
static bool hears_within(int wire, unsigned int ms)
{
    struct pollfd fd = { .fd = wire, .events = POLLIN };
    uint64_t now, until = clock_ms() + ms;
    int n;

    do {
        now = clock_ms();
        n = poll(&fd, 1, now < until ? (int)(until - now) : 0);
    } while (n < 0 && errno == EINTR);
    return n > 0;
}

/* What waits for a server may not even be killed: it is not waited for. */
static int give_up_child(pid_t child, int wire)
{
    kill(child, SIGKILL);
    (void)hears_within(wire, FAREWELL_MS);
    (void)waitpid(child, NULL, WNOHANG);
    return -ETIMEDOUT;
}

static int hear_child(pid_t child, int wire, unsigned int ms,
                      struct stat *out)
{
    struct answer answer;
    ssize_t n;

    if (!hears_within(wire, ms))
        return give_up_child(child, wire);
    n = read(wire, &answer, sizeof(answer));
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
        ;
    if (n != sizeof(answer))
        return -EIO;
    if (!answer.error)
        *out = answer.st;
    return -answer.error;
}

int stat_within(const char *path, unsigned int ms, struct stat *out)
{
    int ends[2], r;
    pid_t child;

    if (pipe2(ends, O_CLOEXEC))
        return -errno;
    child = fork();
    if (!child)
        answer_in_child(path, ends[1]);
    r = child < 0 ? -errno : 0;
    cleanup_close(&ends[1]);
    if (!r)
        r = hear_child(child, ends[0], ms, out);
    cleanup_close(&ends[0]);
    return r;
}
