/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, root runs what others have written, a guest stands still for
 * as long as a script pleases, or a script's no is not heard.
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "unit.h"
#include "domain/program.h"
#include "domain/scripts.h"
#include "util/clock.h"

#define LOG "told.log" /* no script's name: it has a dot */

static char folder[PATH_MAX / 4];
static int begin(void **state)
{
    (void)state;
    snprintf(folder, sizeof(folder), "%s/scripts.XXXXXX",
             getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
    assert_non_null(mkdtemp(folder));
    return 0;
}

static int end(void **state)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;

    (void)state;
    assert_non_null(dir);
    while ((entry = readdir(dir)))
        if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
            unlinkat(dirfd(dir), entry->d_name, 0);
    closedir(dir);
    return rmdir(folder);
}

/* In the folder that it stands in. */
static void put(const char *script, const char *body, mode_t mode)
{
    char path[PATH_MAX];
    FILE *f;

    snprintf(path, sizeof(path), "%s/%s", folder, script);
    f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fprintf(f, "#!/bin/sh\ncd '%s' || exit 9\n%s\n", folder, body)
                > 0);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static void expect_log(const char *text)
{
    char path[PATH_MAX], found[512] = "";
    FILE *f;

    snprintf(path, sizeof(path), "%s/" LOG, folder);
    f = fopen(path, "r");
    if (f) {
        found[fread(found, 1, sizeof(found) - 1, f)] = '\0';
        fclose(f);
    }
    assert_string_equal(found, text);
}

static char path[] = "PATH=/usr/bin:/bin";
static char word[] = "WORD=told";
static char *environment[] = { path, word, NULL };

static int run(unsigned int limit, struct xr_error *err)
{
    const struct script_order order = {
        .dir = folder,
        .limit = limit,
        .environment = environment,
    };

    return scripts_run(&order, err);
}

static void in_order(void **state)
{
    struct xr_error err;
    size_t count;

    (void)state;
    put("20-b", "echo b $WORD >>" LOG, 0755);
    put("10-a", "echo a $WORD >>" LOG, 0700);
    put("30.disabled", "echo never >>" LOG, 0755);
    put("~backup", "echo never >>" LOG, 0755);
    assert_int_equal(scripts_examine(folder, &count, &err), 0);
    assert_int_equal(count, 2);
    assert_int_equal(run(20, &err), 0);
    expect_log("a told\nb told\n");
}

static void a_no_is_heard(void **state)
{
    struct xr_error err;

    (void)state;
    put("10-no", "exit 3", 0755);
    put("20-after", "echo never >>" LOG, 0755);
    assert_int_equal(run(20, &err), -EIO);
    assert_non_null(strstr(err.message, "10-no: exit status 3"));
    put("10-no", "kill -SEGV $$", 0755);
    assert_int_equal(run(20, &err), -EIO);
    assert_non_null(strstr(err.message, "10-no was ended by signal 11"));
    expect_log("");
}

/*
 * The hook and what it has started have the other end of a FIFO, end.fifo, and
 * nobody else: its own end comes when they have all ended.
 */
static int open_fifo(void)
{
    char name[PATH_MAX];
    int fd;

    snprintf(name, sizeof(name), "%s/end.fifo", folder);
    assert_int_equal(mkfifo(name, 0600), 0);
    fd = open(name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

/* If one of them lived this would not return. */
static void expect_all_dead(int fd)
{
    char byte;

    assert_int_equal(fcntl(fd, F_SETFL, 0), 0);
    assert_int_equal(read(fd, &byte, 1), 0);
    close(fd);
}

/* What it has started ends with it. */
static void too_slow(void **state)
{
    struct xr_error err;
    int fifo = open_fifo();

    (void)state;
    put("10-slow", "exec 9>end.fifo\nsleep 1000 & sleep 1000", 0755);
    assert_int_equal(run(1, &err), -EIO);
    assert_non_null(strstr(err.message, "has not ended within 1 s"));
    expect_all_dead(fifo);
}

/*
 * The clock of all that is waited for here.  Where the test stops it, it stands
 * until the limit has been set and the hook has said that it is ready.  Then it
 * goes on half a second after the limit, and slowly: however busy the machine is,
 * the hook has its time; and what a signal has missed, as it can a shell's child
 * that is not yet the program, is killed in the end.
 */
enum { SLOW = 20 };
static uint64_t stopped_at_ms, ready_at_ms;
static bool limit_is_set;

int __real_clock_gettime(clockid_t id, struct timespec *t);
int __wrap_clock_gettime(clockid_t id, struct timespec *t);

static uint64_t real_ms(void)
{
    struct timespec t;

    assert_int_equal(__real_clock_gettime(CLOCK_MONOTONIC, &t), 0);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

int __wrap_clock_gettime(clockid_t id, struct timespec *t)
{
    uint64_t ms = stopped_at_ms;
    char ready[PATH_MAX];

    if (!ms)
        return __real_clock_gettime(id, t);
    snprintf(ready, sizeof(ready), "%s/ready.log", folder);
    if (limit_is_set && !ready_at_ms && !access(ready, F_OK))
        ready_at_ms = real_ms();
    if (ready_at_ms)
        ms += 1500 + (real_ms() - ready_at_ms) / SLOW;
    limit_is_set = true;
    *t = (struct timespec){
        .tv_sec = (time_t)(ms / 1000),
        .tv_nsec = (long)(ms % 1000) * 1000000,
    };
    return 0;
}

/* It can clean up, and one that will not be told is killed all the same. */
static void asked_to_end(void **state)
{
    struct xr_error err;
    int fifo = open_fifo();

    (void)state;
    put("10-tidy", "trap 'sleep 0.3; echo tidy >>" LOG "; exit 0' TERM\n"
                   "sleep 1000 & : >ready.log; wait", 0755);
    stopped_at_ms = clock_ms();
    assert_int_equal(run(1, &err), -EIO);
    stopped_at_ms = 0;
    assert_non_null(strstr(err.message, "has not ended within 1 s"));
    expect_log("tidy\n");
    put("10-tidy", "exec 9>end.fifo\ntrap '' TERM\nsleep 1000 & sleep 1000", 0755);
    assert_int_equal(run(1, &err), -EIO);
    expect_all_dead(fifo);
    expect_log("tidy\n");
}

static void nothing_of_this_process(void **state)
{
    struct xr_error err;

    (void)state;
    /* Three open fds, and that of the list itself; no word of ours. */
    put("10-look", "ls /proc/self/fd | wc -l >>" LOG "\n"
                   "echo \"$LD_PRELOAD$XR_FAULT$SECRET\" >>" LOG "\n"
                   "grep SigBlk /proc/self/status >>" LOG, 0755);
    assert_int_equal(setenv("SECRET", "secret", 1), 0);
    assert_true(dup2(1, 900) == 900);
    assert_int_equal(run(20, &err), 0);
    close(900);
    expect_log("4\n\nSigBlk:\t0000000000000000\n");
}

static void what_root_does_not_run(void **state)
{
    struct xr_error err;
    size_t count;

    (void)state;
    put("10-open", "echo never >>" LOG, 0757);
    assert_int_equal(scripts_examine(folder, &count, &err), -EACCES);
    assert_non_null(strstr(err.message, "others than root"));
    assert_int_equal(run(20, &err), -EACCES);
    put("10-open", "echo never >>" LOG, 0644);
    assert_int_equal(scripts_examine(folder, &count, &err), -EACCES);
    assert_non_null(strstr(err.message, "not executable"));
    assert_int_equal(run(20, &err), -EACCES);
    expect_log("");
}

/* Those that were begun are passed over; what runs can be seen. */
/* Whoever can write to the folder can put a link to any program there. */
static void folder_of_everybody(void **state)
{
    struct xr_error err;
    size_t count;

    (void)state;
    put("10-fine", "true", 0755);
    assert_int_equal(chmod(folder, 0777), 0);
    assert_int_equal(scripts_examine(folder, &count, &err), -EACCES);
    assert_non_null(strstr(err.message, "can write"));
    assert_int_equal(chmod(folder, 0755), 0);
    assert_int_equal(scripts_examine(folder, &count, &err), 0);
    assert_int_equal(count, 1);
}

static void link_of_others(void **state)
{
    char link_path[PATH_MAX];
    struct xr_error err;
    size_t count;

    (void)state;
    if (geteuid())
        return; /* nobody else makes a link of another user's */
    snprintf(link_path, sizeof(link_path), "%s/10-link", folder);
    assert_int_equal(symlink("/bin/true", link_path), 0);
    assert_int_equal(scripts_examine(folder, &count, &err), 0);
    if (lchown(link_path, 65534, 65534) && errno == EINVAL)
        skip(); /* a user namespace, in which there is nobody else */
    assert_int_equal(scripts_examine(folder, &count, &err), -EACCES);
}

static void who_goes_on(void **state)
{
    _Atomic int32_t running = 0;
    _Atomic uint32_t begun = 1;
    const struct script_order order = {
        .dir = folder,
        .limit = 20,
        .environment = environment,
        .running = &running,
        .begun = &begun,
    };
    struct xr_error err;

    (void)state;
    put("10-a", "echo never >>" LOG, 0755);
    put("20-b", "echo b >>" LOG, 0755);
    put("30-c", "exit 1", 0755);
    put("40-d", "echo never >>" LOG, 0755);
    assert_int_equal(scripts_run(&order, &err), -EIO);
    expect_log("b\n");
    assert_int_equal(begun, 3);
    assert_int_equal(running, 0);
}

static pid_t killed_at_fork; /* this one */

static void die(void)
{
    if (getpid() == killed_at_fork)
        kill(killed_at_fork, SIGKILL);
}

static void outlive_parent(void)
{
    const struct timespec pause = { .tv_nsec = 1000000 };

    while (getppid() == killed_at_fork)
        nanosleep(&pause, NULL);
}

/*
 * Whoever follows has looked by then, has seen nothing, and has given up the lock
 * that kept others from the disk that this one would write to.
 */
static void none_begins_that_nobody_knows(void **state)
{
    static _Atomic int32_t running;
    const struct script_order order = {
        .dir = folder,
        .limit = 20,
        .environment = environment,
        .running = &running,
    };
    int wire[2], status;
    struct xr_error err;
    pid_t child;
    char byte;

    (void)state;
    put("10-a", "echo never >>" LOG, 0755);
    assert_int_equal(pipe(wire), 0);
    assert_int_equal(pthread_atfork(NULL, die, outlive_parent), 0);
    child = fork();
    if (!child) {
        dup2(wire[1], STDERR_FILENO);
        close(wire[0]);
        close(wire[1]);
        killed_at_fork = getpid();
        scripts_run(&order, &err);
        _exit(1);
    }
    close(wire[1]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    /* Up to the end of all that has its standard error. */
    while (read(wire[0], &byte, 1) > 0)
        ;
    close(wire[0]);
    expect_log("");
}

/* One that ends by itself is waited for; one that does not is ended. */
static void what_was_left_running(void **state)
{
    int wire[2];
    pid_t group;
    char byte;

    (void)state;
    assert_int_equal(pipe(wire), 0);
    group = fork();
    if (!group) {
        setpgid(0, 0);
        signal(SIGCHLD, SIG_IGN);
        close(wire[0]);
        /* Its parent does not reap it; its grandparent does. */
        if (!fork())
            for (;;)
                pause();
        _exit(0);
    }
    setpgid(group, group);
    close(wire[1]);
    assert_int_equal(waitpid(group, NULL, 0), group);
    program_wait_for(group, 1, 1);
    assert_int_equal(read(wire[0], &byte, 1), 0);
    close(wire[0]);
}

static void no_folder(void **state)
{
    const struct script_order order = { .dir = "/no/such/folder",
                                        .environment = environment };
    struct xr_error err;
    size_t count;

    (void)state;
    assert_int_equal(scripts_examine("/no/such/folder", &count, &err),
                     -ENOENT);
    assert_int_equal(scripts_run(&order, &err),
                     -ENOENT);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(in_order),
        TEST(a_no_is_heard),
        TEST(folder_of_everybody),
        TEST(link_of_others),
        TEST(who_goes_on),
        TEST(what_was_left_running),
        TEST(none_begins_that_nobody_knows),
        TEST(too_slow),
        TEST(asked_to_end),
        TEST(nothing_of_this_process),
        TEST(what_root_does_not_run),
        TEST(no_folder),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
