/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, a checkpoint that has failed leaves a guest suspended and does not
 * say so, or tries again to resume a guest that is not to be resumed.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "domain/own_suspend.h"
#include "engine/checkpoint_state.h"
#include "engine/restore_image.h"
#include "unit.h"
#include "util/fault.h"
#include "xen/hypervisor.h"
#include "xen/known_notes.h"

static bool is_suspended, door_holds, resume_fails, mistakes_0;
static enum lock_state state_now;
static int resumes, said_held, failed, waited;

/* --- the domain */

int domain_read(xc_interface *xch, uint32_t domid, struct domain *out,
                struct xr_error *err)
{
    (void)xch;
    (void)err;
    *out = (struct domain){
        .domid = domid, .shutdown = is_suspended,
        .shutdown_reason = SHUTDOWN_suspend,
    };
    return 0;
}

/* As libxl through the resume door. */
int libxl_session_resume(struct libxl_session *session, uint32_t domid,
                         struct xr_error *err)
{
    (void)session;
    (void)domid;
    resumes++;
    if (door_holds)
        state_now = LOCK_HELD;
    if (door_holds || resume_fails)
        return error_set(err, EIO, "libxl cannot resume it");
    state_now = LOCK_RUNNING;
    is_suspended = false;
    return 0;
}

enum lock_state lock_state(const char *uuid)
{
    (void)uuid;
    return state_now;
}

int lock_set_state(const char *uuid, enum lock_state state,
                   struct xr_error *err)
{
    (void)uuid;
    (void)err;
    state_now = state;
    return 0;
}

bool own_suspend_wait(const struct lock *lock, xc_interface *xch,
                      unsigned int seconds)
{
    (void)lock;
    (void)xch;
    (void)seconds;
    waited++;
    return is_suspended && state_now == LOCK_SUSPENDED;
}

enum guest_fate guest_fate_read(xc_interface *xch, const struct domain *before,
                                uint32_t *domid_out)
{
    (void)xch;
    *domid_out = before->domid;
    return is_suspended ? FATE_SUSPENDED : FATE_RUNS;
}

const char *guest_fate_name(enum guest_fate fate)
{
    return fate == FATE_SUSPENDED ? "suspended" : "running";
}

/* --- what is said */

void say_it_is_held(const struct events *events,
                    const struct judgement *judgement, const char *image)
{
    (void)events;
    assert_string_equal(judgement->name, "web");
    assert_null(image);
    said_held++;
}

int events_fail(const struct events *e, const char *subject,
                const struct xr_error *err)
{
    (void)e;
    assert_string_equal(subject, "web");
    failed++;
    return -err->code;
}

void events_say(const struct events *e, enum message_level level,
                const char *format, ...)
{
    (void)e;
    (void)level;
    (void)format;
}

void events_stage(const struct events *e, const char *stage)
{
    (void)e;
    (void)stage;
}

/* --- the rest of a checkpoint that has failed */

uint64_t taking_now_ns(void)
{
    return 2;
}

const char *stage_name(enum stage stage)
{
    (void)stage;
    return "resumed";
}

void stages_wake_qemu(const struct stages *s)
{
    (void)s;
}

bool stages_image_is_in_place(const struct stages *s)
{
    (void)s;
    return false;
}

int stages_end(struct stages *s, enum image_fate image, enum guest_fate guest,
               uint32_t domid, struct xr_error *err)
{
    (void)s;
    (void)image;
    (void)guest;
    (void)domid;
    (void)err;
    return 0;
}

enum image_fate image_fate_without_new(const char *path)
{
    (void)path;
    return IMAGE_NONE;
}

void checkpoint_abandon_image(struct taking *t)
{
    (void)t;
}

void checkpoint_mend_libvirt(const struct taking *t, xc_interface *xch)
{
    (void)t;
    (void)xch;
}

/* Only then it matters what libxl does. */
static bool taking_lacks_the_plugin(void);

/* --- what does not come into it */

static int never(void)
{
    fail_msg("this is not for a checkpoint that has failed");
    return -EIO;
}

int events_fail_file(const struct events *e, const char *path,
                     struct xr_error *err)
{
    (void)e;
    (void)path;
    (void)err;
    return never();
}

int checkpoint_finish_image(struct taking *t, struct xr_error *err)
{
    (void)t;
    (void)err;
    return never();
}

int checkpoint_destroy(const struct taking *t, struct xr_error *err)
{
    (void)t;
    (void)err;
    return never();
}

const char *checkpoint_restored_by(const struct checkpoint *c)
{
    (void)c;
    return never() ? NULL : "";
}

const char *checkpoint_image_in_place(const struct taking *t)
{
    (void)t;
    return never() ? NULL : "";
}

void checkpoint_release_lock(struct checkpoint *c)
{
    (void)c;
    never();
}

void stages_hide(const struct stages *s)
{
    (void)s;
    never();
}

int hypervisor_read(xc_interface *xch, struct hypervisor *out,
                    struct xr_error *err)
{
    (void)xch;
    (void)err;
    assert_true(taking_lacks_the_plugin());
    *out = (struct hypervisor){ .major = 4 };
    return 0;
}

bool hypervisor_libxl_mistakes_0(const struct hypervisor *hypervisor)
{
    (void)hypervisor;
    return mistakes_0;
}

int connection_open(struct connection *out, struct xr_error *err)
{
    (void)out;
    (void)err;
    return never();
}

void connection_close(struct connection *connection)
{
    (void)connection;
    never();
}

int restore_image(const struct restore_order *order, struct xr_error *err)
{
    (void)order;
    (void)err;
    return never();
}

int watch_domain(const struct watched *w, unsigned int seconds,
                 const struct pulse *pulse, struct xr_error *err)
{
    (void)w;
    (void)seconds;
    (void)pulse;
    (void)err;
    return never();
}

int known_notes_write(struct store *store, uint32_t domid,
                      const struct keylist *notes, const char *origin,
                      struct xr_error *err)
{
    (void)store;
    (void)domid;
    (void)notes;
    (void)origin;
    (void)err;
    return never();
}

char *store_read_domain(struct store *store, uint32_t domid, const char *node)
{
    (void)store;
    (void)domid;
    (void)node;
    return never() ? NULL : NULL;
}

int store_find_domain(struct store *store, const char *name,
                      uint32_t *domid_out, struct xr_error *err)
{
    (void)store;
    (void)name;
    (void)domid_out;
    (void)err;
    return never();
}

/* --- the tests */

static char name[] = "web";
static struct checkpoint checkpoint;
static struct checkpoint_outcome outcome;
static struct taking taking;

static bool taking_lacks_the_plugin(void)
{
    return taking.saved && !taking.suspended_at;
}

/* Its stream is written, and so it is to go on at once. */
static int suspended_guest(void **state)
{
    (void)state;
    is_suspended = true;
    door_holds = resume_fails = mistakes_0 = false;
    state_now = LOCK_SUSPENDED;
    resumes = said_held = failed = waited = 0;
    checkpoint = (struct checkpoint){
        .judgement = {
            .name = name, .type = GUEST_PVH, .domain.domid = 7,
            .verdict.resumable = VERDICT_YES,
        },
        .policy = POLICY_FORCE,
        .lock.name = "uuid",
    };
    taking = (struct taking){
        .checkpoint = &checkpoint, .outcome = &outcome, .written = true,
        .suspended_at = 1,
    };
    return 0;
}

static void the_save_fails(void)
{
    struct xr_error why;

    error_set(&why, ENOSPC, "No space left on device");
    assert_int_equal(checkpoint_end_without_image(&taking, &why), -ENOSPC);
}

static void who_was_held_early_is_said_to_be(void **state)
{
    (void)state;
    door_holds = true;
    checkpoint_resume_early(&taking);
    assert_int_equal(resumes, 1);
    the_save_fails();
    assert_int_equal(resumes, 1);
    assert_int_equal(said_held, 1);
    assert_int_equal(failed, 1);
    assert_int_equal(state_now, LOCK_HELD);
    assert_int_equal(taking.fate, FATE_SUSPENDED);
    assert_string_equal(outcome.guest, "suspended");
}

/* Somebody has seen to it. */
static void who_is_held_no_more_is_left_alone(void **state)
{
    (void)state;
    door_holds = true;
    checkpoint_resume_early(&taking);
    is_suspended = false;
    the_save_fails();
    assert_int_equal(resumes, 1);
    assert_int_equal(said_held, 0);
}

static void who_went_on_early_is_left_alone(void **state)
{
    (void)state;
    checkpoint_resume_early(&taking);
    assert_false(is_suspended);
    is_suspended = true; /* by another saver */
    state_now = LOCK_SUSPENDED;
    the_save_fails();
    assert_int_equal(resumes, 1);
    assert_int_equal(waited, 0);
    assert_int_equal(said_held, 0);
    assert_true(is_suspended);
}

static void another_try_may_do(void **state)
{
    (void)state;
    resume_fails = true;
    checkpoint_resume_early(&taking);
    resume_fails = false;
    the_save_fails();
    assert_int_equal(resumes, 2);
    assert_int_equal(said_held, 0);
    assert_false(is_suspended);
}

static void who_cannot_be_resumed_is_said_to_be_suspended(void **state)
{
    (void)state;
    resume_fails = true;
    the_save_fails();
    assert_int_equal(resumes, 1);
    assert_int_equal(failed, 2);
    assert_int_equal(said_held, 1);
    assert_int_equal(state_now, LOCK_HELD);
}

static void who_never_suspended_is_not_said_to_be(void **state)
{
    (void)state;
    is_suspended = false;
    state_now = LOCK_ASKED;
    taking.suspended_at = 0;
    checkpoint_resume_early(&taking);
    the_save_fails();
    assert_int_equal(waited, 1);
    assert_int_equal(resumes, 0);
    assert_int_equal(said_held, 0);
}

/*
 * The save door was nobody's, and so the resume door is: libxl's 0 comes through.  Who
 * takes a 1 need not take that; of an HVM guest it is meant.
 */
static void nobody_gets_a_mistaken_0(void **state)
{
    (void)state;
    taking.saved = true;
    taking.suspended_at = 0;
    mistakes_0 = true;
    the_save_fails();
    assert_int_equal(resumes, 0);
    assert_int_equal(said_held, 1);
    assert_int_equal(state_now, LOCK_HELD);

    suspended_guest(state);
    taking.saved = true;
    taking.suspended_at = 0;
    the_save_fails();
    assert_int_equal(resumes, 1);
    assert_int_equal(said_held, 0);

    suspended_guest(state);
    taking.saved = true;
    taking.suspended_at = 0;
    mistakes_0 = true;
    checkpoint.judgement.type = GUEST_HVM;
    the_save_fails();
    assert_int_equal(resumes, 1);
    assert_int_equal(said_held, 0);
}

#define TEST(function) cmocka_unit_test_setup(function, suspended_guest)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(who_was_held_early_is_said_to_be),
        TEST(who_is_held_no_more_is_left_alone),
        TEST(who_went_on_early_is_left_alone),
        TEST(another_try_may_do),
        TEST(who_cannot_be_resumed_is_said_to_be_suspended),
        TEST(who_never_suspended_is_not_said_to_be),
        TEST(nobody_gets_a_mistaken_0),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
