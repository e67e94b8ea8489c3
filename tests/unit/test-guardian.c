/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, the process that goes on after a kill says that there is no image
 * where there is one, has a guest resumed that is to be held, or leaves a lock.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "domain/own_suspend.h"
#include "engine/guardian.h"
#include "engine/watch.h"
#include "unit.h"
#include "xen/connection.h"
#include "xen/libxl.h"

static bool is_suspended, is_in_place;
static enum lock_state state_now;
static int resumed, released, told, woken;
static char held_by[200]; /* the image that was named; "none" */
static char order[16];    /* a letter for each that is to come in its order */
static char half_an_image[] = "/tmp/test-guardian-XXXXXX";

static void comes(char letter)
{
    size_t n = strlen(order);

    assert_true(n + 1 < sizeof(order));
    order[n] = letter;
    order[n + 1] = '\0';
}

/* --- the rest of the engine: the process is killed as soon as it has an heir */

int heir_appoint(struct heir *heir, const struct events *events,
                 void (*inherit)(void *data), void *data,
                 struct xr_error *err)
{
    (void)heir;
    (void)events;
    (void)err;
    inherit(data);
    return 0;
}

void say_it_is_held(const struct events *events,
                    const struct judgement *judgement, const char *image)
{
    (void)events;
    (void)judgement;
    snprintf(held_by, sizeof(held_by), "%s", image ? image : "none");
}

void copies_inherit(struct disk_copies *c, const struct events *events)
{
    (void)c;
    (void)events;
    comes('c');
    assert_int_equal(access(half_an_image, F_OK), 0);
}

int events_fail(const struct events *e, const char *subject,
                const struct xr_error *err)
{
    (void)e;
    fail_msg("%s: %s", subject, err->message);
    return 0;
}

void events_say(const struct events *e, enum message_level level,
                const char *format, ...)
{
    (void)e;
    (void)level;
    (void)format;
}

/* --- the domain */

bool own_suspend_wait(const struct lock *lock, xc_interface *xch,
                      unsigned int seconds)
{
    (void)lock;
    (void)xch;
    (void)seconds;
    return is_suspended && state_now == LOCK_SUSPENDED;
}

bool lock_wait_for_stream(const struct lock *lock, unsigned int seconds)
{
    (void)lock;
    (void)seconds;
    comes('s');
    return true;
}

int lock_adopt(struct lock *lock, struct xr_error *err)
{
    (void)lock;
    (void)err;
    return 0;
}

int lock_set_state(const char *uuid, enum lock_state state,
                   struct xr_error *err)
{
    (void)uuid;
    (void)err;
    state_now = state;
    return 0;
}

void lock_release(struct lock *lock)
{
    (void)lock;
    comes('u');
    assert_int_equal(access(half_an_image, F_OK), -1);
    released++;
}

void stages_end_saver(const struct stages *s, int signal)
{
    (void)s;
    (void)signal;
}

void stages_wait_for_program(const struct stages *s)
{
    (void)s;
    comes('p');
}

void stages_wake_qemu(const struct stages *s)
{
    (void)s;
    woken++;
}

bool stages_image_is_in_place(const struct stages *s)
{
    (void)s;
    return is_in_place;
}

int connection_open(struct connection *out, struct xr_error *err)
{
    (void)err;
    *out = (struct connection){ .xch = NULL };
    return 0;
}

void connection_close(struct connection *connection)
{
    (void)connection;
}

int libxl_session_open(struct libxl_session **out, struct xr_error *err)
{
    (void)err;
    *out = NULL;
    return 0;
}

void libxl_session_close(struct libxl_session *session)
{
    (void)session;
}

int libxl_session_resume(struct libxl_session *session, uint32_t domid,
                         struct xr_error *err)
{
    (void)session;
    (void)err;
    assert_int_equal(domid, 7);
    comes('r');
    resumed++;
    is_suspended = false;
    return 0;
}

/* --- the tests */

static void note_told(void *data)
{
    (void)data;
    comes('t');
    told++;
}

static int suspended_guest(void **state)
{
    (void)state;
    is_suspended = true;
    is_in_place = false;
    state_now = LOCK_SUSPENDED;
    resumed = released = told = woken = 0;
    strcpy(held_by, "");
    return 0;
}

static void kill_checkpoint(bool hold)
{
    struct lock lock = { .fd = -1, .record.domid = 7 };
    const struct guardian_order left = {
        .lock = &lock,
        .temporary = half_an_image,
        .image = "/srv/web.img",
        .hold = hold,
        .afterwards = note_told,
    };
    struct heir heir;
    struct xr_error err;

    strcpy(order, "");
    strcpy(half_an_image + sizeof(half_an_image) - 7, "XXXXXX");
    close(mkstemp(half_an_image));
    assert_int_equal(guardian_post(&heir, &left, &err), 0);
    assert_int_equal(released, 1);
    assert_int_equal(told, 1);
    assert_int_equal(woken, 1);
}

static void one_that_may_be_resumed_is(void **state)
{
    (void)state;
    kill_checkpoint(false);
    assert_int_equal(resumed, 1);
    assert_string_equal(held_by, "");
    /* The save has ended; hooks hear of it when the guest runs; the file, by which a
       sweep knows that there is no image, goes behind the copies of disks. */
    assert_string_equal(order, "srtpcu");
}

static void one_that_is_held_has_no_image(void **state)
{
    (void)state;
    kill_checkpoint(true);
    assert_int_equal(resumed, 0);
    assert_int_equal(state_now, LOCK_HELD);
    assert_string_equal(held_by, "none");
}

/* Killed between the image's name and the destruction: --on-...=restore. */
static void one_that_is_held_has_its_image(void **state)
{
    (void)state;
    is_in_place = true;
    kill_checkpoint(true);
    assert_int_equal(resumed, 0);
    assert_string_equal(held_by, "/srv/web.img");
}

static void others_suspends_are_left_alone(void **state)
{
    (void)state;
    state_now = LOCK_RUNNING;
    kill_checkpoint(true);
    released = told = woken = 0;
    kill_checkpoint(false);
    assert_int_equal(resumed, 0);
    assert_string_equal(held_by, "");
}

#define TEST(name) cmocka_unit_test_setup(name, suspended_guest)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_that_may_be_resumed_is),
        TEST(one_that_is_held_has_no_image),
        TEST(one_that_is_held_has_its_image),
        TEST(others_suspends_are_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
