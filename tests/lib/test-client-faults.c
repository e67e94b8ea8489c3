/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, a program that is short of memory or descriptors loses a
 * command that the library has started for it, or crashes.
 */
#include "config.h"

#include "client.h"

#include <stdio.h>

#include "fail_nth.h"

enum { STEPS_MAX = 2000 };

static int stop_when_told(void *data, uint64_t done, uint64_t total)
{
    (void)done;
    (void)total;
    return *(bool *)data;
}

static void stop_now(void *data, const char *stage)
{
    (void)stage;
    *(bool *)data = true;
}

/* The Nth of a kind fails; did it come to that? */
static bool take_with_failure(const char *domain, const char *kind, long n)
{
    unsigned descriptors = count_descriptors();
    struct xr_options *options = made_options();
    struct xr_result *result = NULL;
    struct xr_error err = { .code = 0 };
    bool stop = false, failed;
    const struct xr_events events = {
        .size = sizeof(events),
        .data = &stop,
        .progress = stop_when_told,
        .stage = *domain == 's' ? stop_now : NULL,
    };
    int r;

    assert_true(fail_arm(kind, n));
    r = xr_checkpoint(domain, "web.img", options, &events, &result, &err);
    failed = fail_disarm();
    assert_int_equal(r, -err.code);
    assert_int_equal(r == 0, result != NULL);
    assert_int_equal(r == 0, err.reason == XR_REASON_NONE);
    assert_false(has_children());
    assert_int_equal(count_descriptors(), descriptors);
    xr_result_free(result);
    xr_options_free(options);
    return failed;
}

/*
 * "slow" would wait for ever if a failure made it miss its stop: only what has
 * to do with starting and reading is made to fail there.
 */
static void each_step_may_fail(void **state)
{
    static const struct {
        const char *domain;
        const char *kind;
    } walks[] = {
        { "web", "memory" }, { "web", "read" }, { "web", "call" },
        { "web", "short" }, { "locked", "memory" },
        { "complains", "memory" }, { "garbage", "memory" },
        { "slow", "memory" }, { "slow", "short" },
    };
    size_t i;
    long n;

    (void)state;
    for (i = 0; i < COUNT(walks); i++) {
        for (n = 1; take_with_failure(walks[i].domain, walks[i].kind, n); n++)
            assert_true(n < STEPS_MAX);
        printf("%s, %s: %ld\n", walks[i].domain, walks[i].kind, n - 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_step_may_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
