/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, a daemon that takes checkpoints from several threads, and
 * starts programs of its own meanwhile, loses descriptors or children.
 */
#include "config.h"

#include "client.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 4, ROUNDS = 125 };

static atomic_uint wrong;
static atomic_bool over;

static int go_on(void *data, uint64_t done, uint64_t total)
{
    (void)done;
    (void)total;
    return *(atomic_bool *)data;
}

static void begun(void *data, const char *stage)
{
    (void)stage;
    *(atomic_bool *)data = true;
}

/* A success, a refusal, a death, a breach, and a stop in the middle. */
static int run_round(unsigned number)
{
    static const struct {
        const char *domain;
        enum xr_reason reason;
        bool stop;
    } kinds[] = {
        { "web", XR_REASON_NONE, false },
        { "locked", XR_REASON_LOCKED, false },
        { "killed", XR_REASON_SYSTEM, false },
        { "garbage", XR_REASON_SYSTEM, false },
        { "slow", XR_REASON_CANCELLED, true },
    };
    unsigned kind = number % COUNT(kinds);
    atomic_bool stop = false;
    const struct xr_events events = {
        .size = sizeof(events),
        .data = &stop,
        .progress = go_on,
        .stage = kinds[kind].stop ? begun : NULL,
    };
    struct xr_error err = { .reason = XR_REASON_NONE };
    struct xr_result *result = NULL;
    int r = take(kinds[kind].domain, &events, &result, &err);

    xr_result_free(result);
    if (err.reason == kinds[kind].reason && !r == !err.reason)
        return 0;
    fprintf(stderr, "%s: %d, %s: %s\n", kinds[kind].domain, r,
            xr_reason_name(err.reason), err.message);
    return 1;
}

static void *run_rounds(void *data)
{
    unsigned i, first = *(unsigned *)data;

    for (i = 0; i < ROUNDS; i++)
        wrong += (unsigned)run_round(first + i);
    return NULL;
}

/* Every child of its own is there to be waited for, and ended as it should. */
static void *fork_children(void *data)
{
    unsigned *count = data;
    int status;
    pid_t pid;

    while (!over) {
        pid = fork();
        if (!pid)
            raise(SIGKILL); /* valgrind would change an exit status */
        status = 0;
        if (pid < 0 || waitpid(pid, &status, 0) != pid
            || !WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
            wrong++;
        ++*count;
    }
    return NULL;
}

static void nothing_leaks_and_nobody_else_is_reaped(void **state)
{
    pthread_t threads[THREADS], forker;
    unsigned i, numbers[THREADS], children = 0;
    unsigned descriptors = count_descriptors();

    (void)state;
    assert_int_equal(pthread_create(&forker, NULL, fork_children, &children),
                     0);
    for (i = 0; i < THREADS; i++) {
        numbers[i] = i;
        assert_int_equal(pthread_create(&threads[i], NULL, run_rounds,
                                        &numbers[i]), 0);
    }
    for (i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    over = true;
    pthread_join(forker, NULL);
    printf("%d rounds, %u children of another thread\n", THREADS * ROUNDS,
           children);
    assert_int_equal(wrong, 0);
    assert_true(children > 0);
    assert_int_equal(count_descriptors(), descriptors);
    assert_false(has_children());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_leaks_and_nobody_else_is_reaped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
