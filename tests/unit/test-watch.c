/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, a guest that hangs after its checkpoint is taken for a sound
 * one, or a sound one for a guest that hangs.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "domain/lock.h"
#include "engine/watch.h"
#include "unit.h"
#include "xen/domain.h"
#include "xen/origin.h"

/* The guest runs all the time but between these two, in ms of the test. */
static unsigned int silent_from, silent_until;
static unsigned int crashes_at, renumbered_at, clock_ms;
/* When a saver has it, and suspends it; one without the plugin locks nothing. */
static unsigned int suspended_at, saved_from;
static bool saver_locks;
static char said[500];

#define NEVER UINT32_MAX

int __wrap_nanosleep(const struct timespec *time, struct timespec *left);
int __wrap_nanosleep(const struct timespec *time, struct timespec *left)
{
    (void)left;
    clock_ms += (unsigned int)(time->tv_sec * 1000 + time->tv_nsec / 1000000);
    return 0;
}

int domain_read(xc_interface *xch, uint32_t domid, struct domain *out,
                struct xr_error *err)
{
    unsigned int ran = clock_ms < silent_from ? clock_ms : silent_from;

    (void)xch;
    (void)err;
    if (clock_ms > silent_until)
        ran += clock_ms - silent_until;
    *out = (struct domain){
        .domid = domid, .cpu_time = ran,
        .shutdown = clock_ms >= crashes_at || clock_ms >= suspended_at,
        .shutdown_reason = clock_ms >= crashes_at ? SHUTDOWN_crash
                                                  : SHUTDOWN_suspend,
    };
    if (clock_ms >= renumbered_at)
        strcpy(out->uuid, "another one's");
    return 0;
}

enum lock_owner lock_look(const char *uuid, struct lock_record *out)
{
    (void)uuid;
    (void)out;
    return saver_locks && clock_ms >= saved_from ? LOCK_OTHERS : LOCK_FREE;
}

bool lock_is_busy(const char *uuid, uint32_t domid, char text[LOCK_TEXT_ROOM])
{
    (void)uuid;
    (void)domid;
    (void)text;
    return clock_ms >= saved_from;
}

static bool is_libvirts;

bool origin_is_libvirts(const struct domain *domain)
{
    (void)domain;
    return is_libvirts;
}

const char *domain_state(const struct domain *domain)
{
    (void)domain;
    return "has crashed";
}

static void note_message(void *data, enum message_level level,
                         const char *text)
{
    (void)data;
    (void)level;
    snprintf(said, sizeof(said), "%s", text);
}

static void note_whole_message(void *data, enum message_level level,
                               const char *text)
{
    (void)level;
    strcpy(data, text);
}

static enum xr_reason reason; /* of the last watch */

static bool watch(unsigned int seconds, const struct pulse *pulse)
{
    static char name[] = "web";
    const struct connection connection = { .xch = NULL };
    const struct judgement judgement = { .domain.domid = 7, .name = name };
    const struct target_file target = { .path = "web.img",
                                        .state = TARGET_COMPLETE };
    const struct events events = { .message = note_message };
    const struct watched watched = {
        &events, &connection, &judgement, &target,
    };
    struct xr_error err = { .reason = XR_REASON_NONE };
    bool ok;

    clock_ms = 0;
    said[0] = '\0';
    ok = !watch_domain(&watched, seconds, pulse, &err);
    reason = err.reason;
    return ok;
}

static int guest_is_sound(void **state)
{
    (void)state;
    silent_from = silent_until = crashes_at = renumbered_at = NEVER;
    suspended_at = saved_from = NEVER;
    saver_locks = true;
    return 0;
}

static const struct pulse pulse = { .felt = true, .ms = 20 };

static void test_one_that_runs_is_watched_for_so_long(void **state)
{
    (void)state;
    assert_true(watch(4, &pulse));
    assert_int_equal(clock_ms, 4000);
    assert_true(watch(0, &pulse));
    assert_int_equal(clock_ms, 0);
    assert_string_equal(said, "");
}

static void test_one_that_is_silent_is_watched_until_it_runs(void **state)
{
    (void)state;
    silent_from = 1000;
    silent_until = 9000;
    assert_true(watch(4, &pulse));
    assert_in_range(clock_ms, 9000, 9200);
    assert_string_equal(said, "");
}

static void test_one_that_stays_silent_is_told(void **state)
{
    (void)state;
    silent_from = 1000;
    assert_false(watch(4, &pulse));
    assert_in_range(clock_ms, 21000, 21200);
    assert_non_null(strstr(said, "web (domain 7) is silent"));
    assert_non_null(strstr(said, "its image is web.img"));
    assert_int_equal(reason, XR_REASON_GUEST_SILENT);
}

static void test_one_without_a_pulse_may_be_silent(void **state)
{
    const struct pulse none = { .felt = false, .ms = 1000 };

    (void)state;
    silent_from = 1000;
    assert_true(watch(4, &none));
    assert_int_equal(clock_ms, 4000);
}

/* Another checkpoint of it, or xl save without the plugin. */
static void test_one_that_others_save_went_on(void **state)
{
    (void)state;
    saved_from = 900;
    suspended_at = 1000;
    assert_true(watch(4, &pulse));
    assert_int_equal(clock_ms, 900);
    saver_locks = false;
    assert_true(watch(4, &pulse));
    assert_int_equal(clock_ms, 1000);
    assert_string_equal(said, "");
    /* Suspended, and nobody is at it. */
    saved_from = NEVER;
    assert_false(watch(4, &pulse));
    assert_non_null(strstr(said, "stays suspended"));
    assert_int_equal(reason, XR_REASON_RESUME_FAILED);
    /* Whoever saves it, it has crashed. */
    saved_from = crashes_at = 500;
    saver_locks = true;
    assert_false(watch(4, &pulse));
    assert_non_null(strstr(said, "it has crashed"));
    assert_int_equal(reason, XR_REASON_GUEST_DIED);
}

static void test_a_new_domain_has_to_run_at_all(void **state)
{
    (void)state;
    silent_from = 500;
    assert_true(watch(4, NULL));
    assert_int_equal(clock_ms, 4000);
    silent_from = 0;
    assert_false(watch(4, NULL));
    assert_non_null(strstr(said, "is silent"));
}

static void test_one_that_crashes_is_told_at_once(void **state)
{
    (void)state;
    crashes_at = 2000;
    assert_false(watch(4, &pulse));
    assert_int_equal(clock_ms, 2000);
    assert_non_null(strstr(said, "it has crashed"));
    crashes_at = 6000;
    silent_from = 1000; /* it is watched for longer, and that is seen, too */
    assert_false(watch(4, &pulse));
    assert_int_equal(clock_ms, 6000);
    assert_non_null(strstr(said, "it has crashed"));
}

/* Which runs, so that "it is running" would be no reason. */
static void test_one_whose_number_another_has_is_gone(void **state)
{
    (void)state;
    renumbered_at = 1000;
    assert_false(watch(4, &pulse));
    assert_int_equal(clock_ms, 1000);
    assert_string_equal(said, "web (domain 7) did not go on: the domain is "
                        "gone");
    assert_int_equal(reason, XR_REASON_GUEST_DIED);
    /* Somebody else has saved it. */
    saved_from = 900;
    assert_true(watch(4, &pulse));
}

/* A command that ends in the middle of a path is worse than none. */
static void test_advice_is_whole_however_long_a_path(void **state)
{
    static char path[4000], name[] = "web", long_said[3 * sizeof(path)];
    const struct judgement judgement = { .domain.domid = 7, .name = name };
    const struct events events = { .message = note_whole_message,
                                   .data = long_said };
    size_t n = sizeof(path) - 1;
    const char *second;

    (void)state;
    memset(path, 'p', n);
    say_it_is_held(&events, &judgement, path);
    assert_non_null(strstr(long_said, "verify p"));
    second = strstr(long_said, "xl destroy 7 && xl restore p");
    assert_non_null(second);
    assert_string_equal(second + strlen("xl destroy 7 && xl restore "), path);
}

/* What xl restores of libvirt's, libvirt takes for shut off. */
static void test_advice_is_for_who_looks_after_it(void **state)
{
    static char name[] = "web", long_said[500];
    const struct judgement judgement = { .domain.domid = 7, .name = name };
    const struct events events = { .message = note_whole_message,
                                   .data = long_said };

    (void)state;
    is_libvirts = true;
    say_it_is_held(&events, &judgement, "web.img");
    assert_non_null(strstr(long_said, ": xen-resumable verify web.img && virsh "
                           "destroy 7 && xen-resumable restore web.img"));
    say_it_is_held(&events, &judgement, NULL);
    assert_non_null(strstr(long_said, "for virsh restore: virsh save 7 IMAGE"));
    is_libvirts = false;
    say_it_is_held(&events, &judgement, NULL);
    assert_non_null(strstr(long_said, "for xl restore: xen-resumable exec -- xl "
                           "save 7 IMAGE"));
}

#define TEST(name) cmocka_unit_test_setup(name, guest_is_sound)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_one_that_runs_is_watched_for_so_long),
        TEST(test_one_that_is_silent_is_watched_until_it_runs),
        TEST(test_one_that_stays_silent_is_told),
        TEST(test_one_without_a_pulse_may_be_silent),
        TEST(test_one_that_others_save_went_on),
        TEST(test_a_new_domain_has_to_run_at_all),
        TEST(test_one_that_crashes_is_told_at_once),
        TEST(test_one_whose_number_another_has_is_gone),
        TEST(test_advice_is_whole_however_long_a_path),
        TEST(test_advice_is_for_who_looks_after_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
