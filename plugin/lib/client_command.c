/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * posix_spawn(), for the child must not run a line of ours: other threads may
 * hold any lock when it comes to be.  The process is known by its pidfd: a pid
 * that somebody else has waited for may be anybody's by now.  Between start
 * and pidfd_open() lie microseconds, in which all pids of the machine would
 * have to be used up; on a kernel before 5.3 there is nothing but the pid.
 *
 * That its output has ended does not tell that the process has, nor the other
 * way round: children of other threads that were forked, and not executed yet,
 * have the pipe open, and so has whom the command leaves behind.
 */
#include "config.h"

#include "lib/client_command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/cleanup.h"

enum {
    FD_FIRST = STDERR_FILENO + 1,
    ID_PIDFD = 3, /* P_PIDFD, which libc has since 2.36 */
};

struct channel {
    int here;
    int there;
};

#define CHANNEL_NONE { .here = -1, .there = -1 }

static void channel_close(struct channel *c)
{
    cleanup_close(&c->here);
    cleanup_close(&c->there);
}

/* Above those that the child is to have: this program may have closed its
   own. */
static int channel_lift(int *fd)
{
    int higher;

    if (*fd >= FD_FIRST)
        return 0;
    higher = fcntl(*fd, F_DUPFD_CLOEXEC, FD_FIRST);
    if (higher < 0)
        return -errno;
    close(*fd);
    *fd = higher;
    return 0;
}

static int channel_open(struct channel *out)
{
    int ends[2], r;

    if (pipe2(ends, O_CLOEXEC))
        return -errno;
    out->here = ends[0];
    out->there = ends[1];
    r = channel_lift(&out->here);
    if (!r)
        r = channel_lift(&out->there);
    if (!r && fcntl(out->here, F_SETFL, O_NONBLOCK))
        r = -errno;
    return r;
}

/* Both return a positive errno value, as the functions that they call. */
static int spawn_describe_files(posix_spawn_file_actions_t *actions, int out,
                                int err)
{
    int code = posix_spawn_file_actions_addopen(actions, STDIN_FILENO,
                                                "/dev/null", O_RDONLY, 0);

    if (!code)
        code = posix_spawn_file_actions_adddup2(actions, out, STDOUT_FILENO);
    if (!code)
        code = posix_spawn_file_actions_adddup2(actions, err, STDERR_FILENO);
#ifdef HAVE_POSIX_SPAWN_FILE_ACTIONS_ADDCLOSEFROM_NP
    if (!code)
        code = posix_spawn_file_actions_addclosefrom_np(actions, FD_FIRST);
#endif
    return code;
}

static int spawn_describe_signals(posix_spawnattr_t *attributes)
{
    sigset_t none, all;
    int code;

    sigemptyset(&none);
    sigfillset(&all);
    code = posix_spawnattr_setsigmask(attributes, &none);
    if (!code)
        code = posix_spawnattr_setsigdefault(attributes, &all);
    if (!code)
        code = posix_spawnattr_setflags(
            attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
                        | POSIX_SPAWN_SETSID);
    return code;
}

static int spawn_command(const char *path, char *const argv[], int out,
                         int err, pid_t *pid_out)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int code = posix_spawn_file_actions_init(&actions);

    if (code)
        return code;
    code = posix_spawnattr_init(&attributes);
    if (!code) {
        code = spawn_describe_files(&actions, out, err);
        if (!code)
            code = spawn_describe_signals(&attributes);
        if (!code)
            code = posix_spawn(pid_out, path, &actions, &attributes, argv,
                               environ);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
    return code;
}

static int pidfd_of(pid_t pid)
{
#ifdef SYS_pidfd_open
    return (int)syscall(SYS_pidfd_open, pid, 0);
#else
    (void)pid;
    return -1;
#endif
}

int client_command_start(const char *path, char *const argv[],
                         struct client_command *out, struct xr_error *err)
{
    CLEANUP(channel_close) struct channel prints = CHANNEL_NONE;
    CLEANUP(channel_close) struct channel complains = CHANNEL_NONE;
    struct client_command c = { .pid = -1 };
    int code, r = channel_open(&prints);

    if (!r)
        r = channel_open(&complains);
    if (r)
        return error_system(err, -r, "cannot make a pipe");
    code = spawn_command(path, argv, prints.there, complains.there, &c.pid);
    if (code)
        return error_because(err, code == EACCES || code == EPERM
                                  ? XR_REASON_NOT_ALLOWED : XR_REASON_SYSTEM,
                             code, "cannot start %s: %s", path,
                             strerror(code));
    c.pidfd = pidfd_of(c.pid);
    c.out = prints.here;
    c.err = complains.here;
    prints.here = complains.here = -1;
    *out = c;
    return 0;
}

/* Of the process alone, whatever other children there are. */
static int command_ask(const struct client_command *c, siginfo_t *info,
                       int flags)
{
    int r = -1;

    info->si_pid = 0;
    errno = EINVAL;
    if (c->pidfd >= 0)
        r = waitid((idtype_t)ID_PIDFD, (id_t)c->pidfd, info,
                   WEXITED | WNOHANG | flags);
    if (r && errno == EINVAL)
        r = waitid(P_PID, (id_t)c->pid, info, WEXITED | WNOHANG | flags);
    return r;
}

bool client_command_ended(struct client_command *c)
{
    siginfo_t info;

    if (c->ended)
        return true;
    if (!command_ask(c, &info, 0)) {
        if (!info.si_pid)
            return false;
        c->code = info.si_code;
        c->status = info.si_status;
    }
    c->ended = true;
    return true;
}

void client_command_stop(const struct client_command *c)
{
    siginfo_t info;

    if (c->ended || command_ask(c, &info, WNOWAIT) || info.si_pid)
        return;
#ifdef SYS_pidfd_send_signal
    if (c->pidfd >= 0
        && !syscall(SYS_pidfd_send_signal, c->pidfd, SIGTERM, NULL, 0))
        return;
#endif
    kill(c->pid, SIGTERM);
}

void client_command_fate(const struct client_command *c, struct buffer *out)
{
    if (c->code == CLD_EXITED)
        buffer_printf(out, "ended with exit status %d", c->status);
    else if (c->code)
        buffer_printf(out, "was killed by signal %d", c->status);
    else
        buffer_puts(out, "ended, and somebody else waited for it");
}

void client_command_close(struct client_command *c)
{
    cleanup_close(&c->out);
    cleanup_close(&c->err);
    cleanup_close(&c->pidfd);
    *c = (struct client_command)CLIENT_COMMAND_NONE;
}
