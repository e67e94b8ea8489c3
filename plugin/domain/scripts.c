/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "domain/scripts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "util/cleanup.h"
#include "util/clock.h"

#define DEFAULT_DIR XEN_CONFIG_DIR "/xen-resumable.d"

enum {
    PAUSE_NS = 1000000,
    MS_PER_SECOND = 1000,
    GRACE_MS = 1000, /* between SIGTERM and SIGKILL */
};

/* Their paths, in order. */
struct scripts {
    char **paths;
    size_t count;
};

static void scripts_free(struct scripts *s)
{
    while (s->count)
        free(s->paths[--s->count]);
    free(s->paths);
}

#define CLEANUP_SCRIPTS __attribute__((cleanup(scripts_free)))

static int is_script(const struct dirent *entry)
{
    return *entry->d_name
           && entry->d_name[strspn(entry->d_name,
                                   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "abcdefghijklmnopqrstuvwxyz"
                                   "0123456789_-")] == '\0';
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int find_scripts(const char *dir, struct scripts *out,
                        struct xr_error *err)
{
    struct dirent **entries;
    int i, n = scandir(dir ? dir : DEFAULT_DIR, &entries, is_script, by_name);
    bool failed;

    if (n < 0 && errno == ENOENT && !dir)
        return 0;
    if (n < 0)
        return error_system(err, errno, "%s", dir ? dir : DEFAULT_DIR);
    out->paths = calloc((size_t)n + 1, sizeof(*out->paths));
    failed = !out->paths;
    for (i = 0; i < n; i++) {
        if (!failed && asprintf(&out->paths[out->count],
                                "%s/%s", dir ? dir : DEFAULT_DIR,
                                entries[i]->d_name) >= 0)
            out->count++;
        else
            failed = true;
        free(entries[i]);
    }
    free(entries);
    return failed ? error_set(err, ENOMEM, "out of memory") : 0;
}

static bool is_script_ours(const struct stat *st)
{
    return !st->st_uid || st->st_uid == geteuid();
}

static bool others_can_write(const struct stat *st)
{
    return !is_script_ours(st) || st->st_mode & S_IWOTH
           || (st->st_mode & S_IWGRP && st->st_gid);
}

/* Root runs it: nobody else may have the last word on what it is. */
static int examine_script(const char *path, struct xr_error *err)
{
    struct stat st, link;

    if (stat(path, &st) || lstat(path, &link))
        return error_system(err, errno, "%s", path);
    if (!S_ISREG(st.st_mode) || access(path, X_OK))
        return error_set(err, EACCES, "%s: not executable", path);
    if (others_can_write(&st) || !is_script_ours(&link))
        return error_set(err, EACCES, "%s: others than root can write to it",
                         path);
    return 0;
}

/* Nor on which there are. */
static int examine_folder(const char *dir, struct xr_error *err)
{
    struct stat st;

    if (stat(dir ? dir : DEFAULT_DIR, &st))
        return errno == ENOENT && !dir
               ? 0 : error_system(err, errno, "%s", dir ? dir : DEFAULT_DIR);
    if (others_can_write(&st))
        return error_set(err, EACCES, "%s: others than root can write to it",
                         dir ? dir : DEFAULT_DIR);
    return 0;
}

int scripts_examine(const char *dir, size_t *count_out, struct xr_error *err)
{
    CLEANUP_SCRIPTS struct scripts scripts = { 0 };
    int r = examine_folder(dir, err);
    size_t i;

    if (!r)
        r = find_scripts(dir, &scripts, err);
    for (i = 0; !r && i < scripts.count; i++)
        r = examine_script(scripts.paths[i], err);
    *count_out = scripts.count;
    return r;
}

/* The kernel does it in one call from 5.9 on. */
static void close_others(void)
{
    long fd, end = sysconf(_SC_OPEN_MAX);

#ifdef SYS_close_range
    if (!syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, 0))
        return;
#endif
    for (fd = STDERR_FILENO + 1; fd < end; fd++)
        close((int)fd);
}

/*
 * In the child.  In libxl-save-helper standard output is the wire to libxl,
 * and other fds are the stream's: nothing of that is the script's, nor are the
 * signals that a guardian ignores.
 */
__attribute__((noreturn))
static void become_script(const struct script_order *order, const char *path)
{
    char *argv[] = { (char *)path, NULL };
    struct sigaction normal = { .sa_handler = SIG_DFL };
    sigset_t none;
    int null, i;

    setpgid(0, 0);
    if (order->running)
        atomic_store(order->running, getpid());
    for (i = 1; i < NSIG; i++)
        sigaction(i, &normal, NULL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    null = open("/dev/null", O_RDONLY);
    if (null < 0 || dup2(null, STDIN_FILENO) < 0
        || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
        _exit(126);
    close_others();
    execve(path, argv, order->environment);
    _exit(127);
}

/*
 * 0 and its wait status, -ETIMEDOUT, or another failure.  The clock counts,
 * not the pauses: on a busy host each is longer than it was asked to be.
 */
static int wait_within(pid_t child, unsigned int ms, int *status)
{
    const struct timespec pause = { .tv_nsec = PAUSE_NS };
    uint64_t until = clock_ms() + ms;
    pid_t r;

    while ((r = waitpid(child, status, WNOHANG)) == 0 && clock_ms() < until)
        nanosleep(&pause, NULL);
    return r > 0 ? 0 : r < 0 && errno != EINTR ? -errno : -ETIMEDOUT;
}

/*
 * A SIGTERM first: LVM holds signals back while a volume is suspended, and one
 * that was killed then would leave the guest without its disk.
 */
static void end_group(pid_t child)
{
    const struct timespec pause = { .tv_nsec = PAUSE_NS };
    uint64_t until = clock_ms() + GRACE_MS;
    bool reaped = false;
    int status;

    kill(-child, SIGTERM);
    while (clock_ms() < until) {
        /* Another's child cannot be waited for. */
        reaped = reaped || wait_within(child, 0, &status) != -ETIMEDOUT;
        if (reaped && kill(-child, 0))
            return;
        nanosleep(&pause, NULL);
    }
    kill(-child, SIGKILL);
    while (!reaped && waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
}

/* Its wait status; or -ETIMEDOUT, and it is dead, or another failure. */
static int wait_for_script(pid_t child, unsigned int timeout, int *status)
{
    int r = wait_within(child, timeout * MS_PER_SECOND, status);

    if (r == -ETIMEDOUT)
        end_group(child);
    return r;
}

static int run_script(const struct script_order *order, const char *path,
                      struct xr_error *err)
{
    pid_t child = fork();
    int status = 0, r;

    if (!child)
        become_script(order, path);
    if (child < 0)
        return error_system(err, errno, "%s cannot be started", path);
    setpgid(child, child);
    r = wait_for_script(child, order->limit, &status);
    if (order->running)
        atomic_store(order->running, 0);
    if (r == -ETIMEDOUT)
        return error_set(err, EIO, "%s has not ended within %u s", path,
                         order->limit);
    if (r)
        return error_system(err, -r, "%s", path);
    if (WIFSIGNALED(status))
        return error_set(err, EIO, "%s was ended by signal %d", path,
                         WTERMSIG(status));
    if (WEXITSTATUS(status))
        return error_set(err, EIO, "%s: exit status %d", path,
                         WEXITSTATUS(status));
    return 0;
}

int scripts_run(const struct script_order *order, struct xr_error *err)
{
    CLEANUP_SCRIPTS struct scripts scripts = { 0 };
    int r = examine_folder(order->dir, err);
    size_t i = order->begun ? atomic_load(order->begun) : 0;

    if (!r)
        r = find_scripts(order->dir, &scripts, err);
    for (; !r && i < scripts.count; i++) {
        if (order->begun)
            atomic_store(order->begun, (uint32_t)i + 1);
        r = examine_script(scripts.paths[i], err);
        if (!r)
            r = run_script(order, scripts.paths[i], err);
    }
    return r;
}

void scripts_wait_for(pid_t group, unsigned int seconds)
{
    const struct timespec pause = { .tv_nsec = PAUSE_NS };
    uint64_t until = clock_ms() + (uint64_t)seconds * MS_PER_SECOND;

    while (!kill(-group, 0)) {
        if (clock_ms() >= until) {
            end_group(group);
            return;
        }
        nanosleep(&pause, NULL);
    }
}
