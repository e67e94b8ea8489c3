/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, the library is no good guest of the program that calls it: it
 * loses a command, or reaps what is not its own.  Built twice: test-client-old
 * has a kernel without pidfds (old-kernel.c).
 */
#include "config.h"

#include "client.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct {
    const char *domain;
    enum xr_reason reason;
    const char *text;
} failures[] = {
    { "locked", XR_REASON_LOCKED, "a migration; has it" },
    { "later", XR_REASON_SYSTEM, "moon-is-full" },
    { "mute", XR_REASON_SYSTEM, "does not say why" },
    { "killed", XR_REASON_SYSTEM, "was killed by signal 9, without a result" },
    { "silent", XR_REASON_SYSTEM, "exit status 0, without a result" },
    { "complains", XR_REASON_SYSTEM, "exit status 2, without a result: libxl: "
      "error: first; xen-resumable: no such \\x1b[1mverb" },
    { "loud", XR_REASON_SYSTEM, "; the last words" },
    { "garbage", XR_REASON_SYSTEM, "a line that is not an event: Saving to web.img "
      "\\x1b[31mnew xl format" },
    { "array", XR_REASON_SYSTEM, "a line that is not an event: [1]" },
    { "torn", XR_REASON_SYSTEM, "a line that is not an event: {" },
    { "deep", XR_REASON_SYSTEM, "a line that is not an event: {" },
    { "long", XR_REASON_SYSTEM, "a line longer than 8388608 bytes" },
    { "version", XR_REASON_SYSTEM, "the command is of version 1.0.0, this "
      "library of " },
    { "no-version", XR_REASON_SYSTEM, "the command is of version , this" },
};

static void every_failure_is_told(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(failures); i++)
        assert_fails(failures[i].domain, failures[i].reason,
                     failures[i].text);
    assert_false(has_children());
}

static void assert_cannot_start(const char *path, int code,
                                enum xr_reason reason)
{
    struct xr_options *options = xr_options_new();
    struct xr_result *result = NULL;
    struct xr_error err;

    assert_int_equal(xr_options_set(options, "command", path, NULL), 0);
    assert_int_equal(xr_restore("a", options, NULL, &result, &err), -code);
    assert_int_equal(err.reason, reason);
    assert_non_null(strstr(err.message, path));
    xr_options_free(options);
}

/* valgrind makes a fork of posix_spawn(): why it failed stays in the child. */
static bool is_in_valgrind(void)
{
    const char *preload = getenv("LD_PRELOAD");

    return preload && strstr(preload, "vgpreload");
}

static void assert_environment_names_it(void)
{
    struct xr_result *result = NULL;
    struct xr_error err;

    assert_int_equal(setenv("XR_COMMAND", "/of/the/environment", 1), 0);
    assert_int_equal(xr_restore("a", NULL, NULL, &result, &err), -ENOENT);
    assert_non_null(strstr(err.message, "/of/the/environment"));
    assert_int_equal(unsetenv("XR_COMMAND"), 0);
}

static void a_command_that_is_not_there_is_named(void **state)
{
    (void)state;
    if (is_in_valgrind())
        skip();
    assert_cannot_start("/nonexistent/xen-resumable", ENOENT,
                        XR_REASON_SYSTEM);
    assert_cannot_start("/", EACCES, XR_REASON_NOT_ALLOWED);
    assert_environment_names_it();
}

static void many_lines_are_not_too_many(void **state)
{
    struct xr_result *result = NULL;

    (void)state;
    assert_int_equal(take("chatter", NULL, &result, NULL), 0);
    xr_result_free(result);
}

static void handler(int signal)
{
    (void)signal;
}

static void assert_child_is_plain(void)
{
    struct xr_result *result = NULL;
    uint64_t descriptors;
    bool plain, leads;

    assert_int_equal(take("web", NULL, &result, NULL), 0);
    assert_int_equal(xr_result_bool(result, "signals", &plain), 0);
    assert_true(plain);
    assert_int_equal(xr_result_bool(result, "leads", &leads), 0);
    assert_true(leads);
    assert_string_equal(xr_result_text(result, "input"), "/dev/null");
    assert_int_equal(xr_result_number(result, "descriptors", &descriptors),
                     0);
#ifdef HAVE_POSIX_SPAWN_FILE_ACTIONS_ADDCLOSEFROM_NP
    assert_int_equal(descriptors, 3);
#endif
    xr_result_free(result);
}

/* Signals that are blocked, ignored or handled, and an open file. */
static void the_command_inherits_nothing(void **state)
{
    struct sigaction ignore = { .sa_handler = SIG_IGN };
    struct sigaction handle = { .sa_handler = handler };
    struct sigaction hup, usr1;
    sigset_t all, before;
    int fd = open("/dev/null", O_RDONLY);

    (void)state;
    assert_true(fd > 0);
    sigfillset(&all);
    sigaction(SIGHUP, &ignore, &hup);
    sigaction(SIGUSR1, &handle, &usr1);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    assert_child_is_plain();
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    sigaction(SIGHUP, &hup, NULL);
    sigaction(SIGUSR1, &usr1, NULL);
    close(fd);
}

static void a_host_may_ignore_sigchld(void **state)
{
    struct sigaction ignore = { .sa_handler = SIG_IGN }, before;

    (void)state;
    sigaction(SIGCHLD, &ignore, &before);
    assert_child_is_plain();
    assert_fails("killed", XR_REASON_SYSTEM, "somebody else waited for it, "
                 "without a result");
    assert_fails("garbage", XR_REASON_SYSTEM, "a line that is not an event");
    assert_fails("locked", XR_REASON_LOCKED, "a migration");
    sigaction(SIGCHLD, &before, NULL);
}

static void reap_all(int signal)
{
    int saved = errno;

    (void)signal;
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ;
    errno = saved;
}

/* It may be first, or not: both are to be told. */
static void a_host_may_reap_everything(void **state)
{
    struct sigaction reap = { .sa_handler = reap_all }, before;
    int i;

    (void)state;
    sigaction(SIGCHLD, &reap, &before);
    for (i = 0; i < 20; i++) {
        assert_child_is_plain();
        assert_fails("killed", XR_REASON_SYSTEM, "without a result");
        assert_fails("locked", XR_REASON_LOCKED, "a migration");
    }
    sigaction(SIGCHLD, &before, NULL);
    assert_false(has_children());
}

static void a_child_of_the_hosts_is_left_alone(void **state)
{
    pid_t child = fork();
    siginfo_t info;

    (void)state;
    if (!child)
        raise(SIGKILL); /* valgrind would change an exit status */
    assert_int_equal(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
    assert_child_is_plain();
    assert_fails("killed", XR_REASON_SYSTEM, "signal 9");
    assert_int_equal(waitid(P_PID, (id_t)child, &info, WEXITED), 0);
    assert_int_equal(info.si_status, SIGKILL);
    assert_false(has_children());
}

/* The pipes get the numbers that the command is to have. */
static void a_host_may_have_closed_its_output(void **state)
{
    pid_t child = fork();
    int status;

    (void)state;
    if (!child) {
        struct xr_result *result = NULL;
        uint64_t descriptors = 0;
        int i;

        for (i = 0; i < 3; i++)
            close(i);
        if (take("web", NULL, &result, NULL)
            || xr_result_number(result, "descriptors", &descriptors))
            _exit(1);
        xr_result_free(result);
        _exit(fcntl(0, F_GETFD) >= 0 || fcntl(1, F_GETFD) >= 0
              || !descriptors);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void whom_the_command_leaves_behind_is_not_waited_for(void **state)
{
    struct xr_result *result = NULL;
    uint64_t left;

    (void)state;
    assert_int_equal(take("leaves", NULL, &result, NULL), 0);
    assert_int_equal(xr_result_number(result, "left", &left), 0);
    assert_int_equal(kill((pid_t)left, SIGKILL), 0);
    xr_result_free(result);
}

struct cancelled {
    atomic_bool begun;
    atomic_bool stop;
};

static int on_progress(void *data, uint64_t done, uint64_t total)
{
    (void)done;
    (void)total;
    return ((struct cancelled *)data)->stop;
}

static void on_stage(void *data, const char *name)
{
    (void)name;
    ((struct cancelled *)data)->begun = true;
}

static void *take_slowly(void *data)
{
    const struct xr_events events = {
        .size = sizeof(events),
        .data = data,
        .progress = on_progress,
        .stage = on_stage,
    };
    struct xr_result *result = NULL;

    take("slow", &events, &result, NULL);
    return NULL;
}

/* It would leave a command behind that nobody waits for. */
static void a_thread_that_is_cancelled_ends_its_call(void **state)
{
    struct cancelled c = { .begun = false };
    pthread_t thread;

    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, take_slowly, &c), 0);
    while (!c.begun)
        sched_yield();
    assert_int_equal(pthread_cancel(thread), 0);
    c.stop = true;
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_false(has_children());
}

static unsigned descriptors_before;

static int setup(void **state)
{
    (void)state;
    descriptors_before = count_descriptors();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    return count_descriptors() != descriptors_before;
}

int main(void)
{
#define TEST(function) \
    cmocka_unit_test_setup_teardown(function, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(every_failure_is_told),
        TEST(a_command_that_is_not_there_is_named),
        TEST(many_lines_are_not_too_many),
        TEST(the_command_inherits_nothing),
        TEST(a_host_may_ignore_sigchld),
        TEST(a_host_may_reap_everything),
        TEST(a_child_of_the_hosts_is_left_alone),
        TEST(a_host_may_have_closed_its_output),
        TEST(whom_the_command_leaves_behind_is_not_waited_for),
        TEST(a_thread_that_is_cancelled_ends_its_call),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
