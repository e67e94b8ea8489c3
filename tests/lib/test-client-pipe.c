/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, a caller that is slow to hear, or a signal, costs it the last
 * result of a command that says more than a pipe holds; or both wait for each
 * other.  Nothing here takes time but what is to be slower than a progress.
 */
#include "config.h"

#include "client.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum {
    LINES = 20000,     /* of "fills-..." */
    CROWD = 100,       /* of "crowds-..." */
    A_LINE = 64,       /* bytes that the longest of them does not have */
    SLOW_MS = 150,     /* longer than from one progress to the next */
};

struct ear {
    struct xr_events events;
    unsigned messages;
    unsigned heard_at_stop; /* messages, when progress said stop */
    bool stop;
};

/* Has a pipe that this process reads no room for one more line? */
static bool is_full_pipe(int fd)
{
    int size = fcntl(fd, F_GETPIPE_SZ), held = 0;

    return size > 0 && !ioctl(fd, FIONREAD, &held)
           && held > size - 4096 - A_LINE;
}

static bool some_pipe_is_full(void)
{
    DIR *folder = opendir("/proc/self/fd");
    struct dirent *entry;
    bool full = false;

    assert_non_null(folder);
    while ((entry = readdir(folder)))
        full = full || is_full_pipe(atoi(entry->d_name));
    closedir(folder);
    return full;
}

static int on_progress(void *data, uint64_t done, uint64_t total)
{
    struct ear *ear = data;

    (void)done;
    (void)total;
    if (ear->stop && !ear->heard_at_stop)
        ear->heard_at_stop = ear->messages;
    return ear->stop;
}

/* So slow that the command has to wait; and then it is to stop. */
static void wait_until_full(void *data, const char *name)
{
    struct ear *ear = data;

    (void)name;
    while (!some_pipe_is_full())
        sched_yield();
    ear->stop = true;
}

static void count_message(void *data, enum xr_level level, const char *text)
{
    struct ear *ear = data;

    assert_int_equal(level, XR_LEVEL_INFO);
    assert_string_equal(text, "a line");
    ear->messages++;
}

static void be_slow_once(void *data, enum xr_level level, const char *text)
{
    const struct timespec pause = { .tv_nsec = SLOW_MS * 1000000L };
    struct ear *ear = data;

    count_message(data, level, text);
    if (ear->messages > 1)
        return;
    nanosleep(&pause, NULL);
    ear->stop = true;
}

static struct ear *ear_open(struct ear *ear)
{
    *ear = (struct ear){
        .events = {
            .size = sizeof(ear->events),
            .data = ear,
            .progress = on_progress,
            .message = count_message,
        },
    };
    return ear;
}

/* The command's own words have come: nobody has cut it short. */
static void assert_is_heard_out(const char *domain, struct ear *ear)
{
    struct xr_result *result = NULL;
    struct xr_error err;

    assert_int_equal(take(domain, &ear->events, &result, &err), -ECANCELED);
    assert_null(result);
    assert_string_equal(err.message, "stopped by a signal; web goes on");
    assert_false(has_children());
}

static const char *const fillers[] = { "fills-output", "fills-complaints" };

static void a_full_pipe_costs_nothing_at_a_stop(void **state)
{
    struct ear ear;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(fillers); i++) {
        ear_open(&ear)->events.stage = wait_until_full;
        assert_is_heard_out(fillers[i], &ear);
        assert_int_equal(ear.messages, LINES);
    }
}

/* Between the lines of one read, too. */
static void a_slow_caller_can_stop_at_any_line(void **state)
{
    static const char *const crowds[] = { "crowds-output", "crowds-complaints" };
    struct ear ear;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(crowds); i++) {
        ear_open(&ear)->events.message = be_slow_once;
        assert_is_heard_out(crowds[i], &ear);
        assert_int_equal(ear.messages, CROWD);
        assert_int_equal(ear.heard_at_stop, 1);
    }
}

static void handler(int signal)
{
    (void)signal;
}

struct pest {
    pthread_t victim;
    atomic_bool over;
};

static void *send_signals(void *data)
{
    struct pest *pest = data;

    while (!pest->over) {
        pthread_kill(pest->victim, SIGUSR1);
        sched_yield();
    }
    return NULL;
}

/* Calls of the system end early, all the time. */
static void signals_of_the_callers_cost_nothing(void **state)
{
    struct sigaction handle = { .sa_handler = handler }, before;
    struct pest pest = { .victim = pthread_self() };
    struct xr_result *result = NULL;
    pthread_t thread;
    struct ear ear;
    size_t i;

    (void)state;
    sigaction(SIGUSR1, &handle, &before);
    assert_int_equal(pthread_create(&thread, NULL, send_signals, &pest), 0);
    for (i = 0; i < COUNT(fillers); i++) {
        ear_open(&ear)->events.stage = wait_until_full;
        assert_is_heard_out(fillers[i], &ear);
        assert_int_equal(ear.messages, LINES);
    }
    assert_int_equal(take("chatter", NULL, &result, NULL), 0);
    pest.over = true;
    assert_int_equal(pthread_join(thread, NULL), 0);
    sigaction(SIGUSR1, &before, NULL);
    assert_false(has_children());
    xr_result_free(result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_pipe_costs_nothing_at_a_stop),
        cmocka_unit_test(a_slow_caller_can_stop_at_any_line),
        cmocka_unit_test(signals_of_the_callers_cost_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
