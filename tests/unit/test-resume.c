/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, a guest gets a return value that kills it, or a broken
 * xenstore makes the plugin worse than stock.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <xenctrl.h>

#include "unit.h"
#include "fake_xen.h"
#include "domain/lock.h"
#include "domain/request.h"
#include "hook/foresight.h"
#include "hook/resume.h"
#include "xen/judge.h"

/* Behind the door. */
static int real_calls, real_fast;

static int real_resume(struct xc_interface_core *xch, uint32_t domid,
                       int fast)
{
    (void)xch;
    assert_int_equal(domid, FAKE_DOMID);
    real_calls++;
    real_fast = fast;
    return 0;
}

static int suspended_guest(void **state)
{
    (void)state;
    fake_reset();
    fake.shutdown = true;
    fake.shutdown_reason = SHUTDOWN_suspend;
    real_calls = 0;
    unsetenv("XR_ON_NOT_RESUMABLE");
    request_withdraw();
    return 0;
}

static int resume(int fast)
{
    int r = hook_resume(real_resume, NULL, FAKE_DOMID, fast);

    assert_int_equal(fake.open_connections, 0);
    return r;
}

static void yes_gets_1(void **state)
{
    (void)state;
    fake_store_set("image/suspend-cancel", "1");
    assert_int_equal(resume(1), 0);
    assert_int_equal(real_fast, 1);
}

static void no_is_held(void **state)
{
    (void)state;
    fake_store_set("image/suspend-cancel", "0");
    errno = 0;
    assert_int_equal(resume(1), -1);
    assert_int_equal(errno, EOPNOTSUPP);
    assert_int_equal(real_calls, 0);
}

static void absent_note_is_held(void **state)
{
    (void)state;
    fake_store_set("image/guest-os", "Solaris");
    assert_int_equal(resume(1), -1);
    assert_int_equal(real_calls, 0);
}

static void force_is_obeyed(void **state)
{
    (void)state;
    fake_store_set("image/suspend-cancel", "0");
    setenv("XR_ON_NOT_RESUMABLE", "force", 1);
    assert_int_equal(resume(1), 0);
    assert_int_equal(real_fast, 1);
}

/* The command's word, and not what people have set for others. */
static void request_decides(void **state)
{
    struct request request = {
        .policies = { POLICY_FORCE, POLICY_PROCEED },
        .progress_fd = -1,
        .stages_fd = -1,
    };

    (void)state;
    fake_store_set("image/suspend-cancel", "0");
    setenv("XR_ON_NOT_RESUMABLE", "hold", 1);
    assert_int_equal(request_announce(&request, NULL), 0);
    assert_int_equal(resume(1), 0);
    assert_int_equal(real_fast, 1);
    request.policies.on_not_resumable = POLICY_RESTORE;
    setenv("XR_ON_NOT_RESUMABLE", "force", 1);
    assert_int_equal(request_announce(&request, NULL), 0);
    assert_int_equal(resume(1), -1);
    setenv("XR_REQUEST", "version=2,intent=save,on-not-resumable=hold", 1);
    assert_int_equal(resume(1), 0);
}

static void unknown_is_stock(void **state)
{
    (void)state;
    assert_int_equal(resume(1), 0);
    assert_int_equal(real_fast, 1);
    assert_int_equal(resume(0), 0);
    assert_int_equal(real_fast, 0);
}

/* Only Xen 4.13 and 4.14 ask for 0 by mistake. */
static void mistaken_0_is_corrected(void **state)
{
    static const struct {
        int minor;
        int fast;
    } rows[] = { { 13, 1 }, { 14, 1 }, { 12, 0 }, { 15, 0 }, { 17, 0 } };
    size_t i;

    (void)state;
    fake_store_set("image/suspend-cancel", "1");
    for (i = 0; i < COUNT(rows); i++) {
        fake.version = 4 << 16 | rows[i].minor;
        assert_int_equal(resume(0), 0);
        assert_int_equal(real_fast, rows[i].fast);
    }
}

/* A crashed, a running and a vanished domain: libxenguest says what it is. */
static void not_suspended_passes_through(void **state)
{
    (void)state;
    fake_store_set("image/suspend-cancel", "0");
    fake.shutdown_reason = SHUTDOWN_crash;
    assert_int_equal(resume(1), 0);
    fake.shutdown = false;
    assert_int_equal(resume(1), 0);
    fake.domain_exists = false;
    assert_int_equal(resume(1), 0);
    assert_int_equal(real_calls, 3);
}

static void hvm_without_drivers_passes(void **state)
{
    (void)state;
    fake.hvm = fake.emulated = true;
    assert_int_equal(resume(1), 0);
    assert_int_equal(real_fast, 1);
}

/* An HVM guest's recorded image is its firmware; a PVH guest's its kernel. */
static void pvh_is_not_hvm(void **state)
{
    (void)state;
    fake.hvm = true;
    fake_store_set("image/suspend-cancel", "0");
    assert_int_equal(resume(1), -1);
    assert_int_equal(real_calls, 0);
}

/* On 4.14, too, a 0 for an HVM guest is meant (COLO). */
static void hvm_keeps_its_0(void **state)
{
    (void)state;
    fake.hvm = fake.emulated = true;
    fake.version = 4 << 16 | 14;
    assert_int_equal(resume(0), 0);
    assert_int_equal(real_fast, 0);
}

/*
 * Whatever call fails: a guest that a 1 kills is held, or else it is said that
 * nothing could be found out; no fault makes it a guest that takes a 1.
 */
static void no_fault_says_yes(void **state)
{
    static const struct judge_aids no_aids = { .overrides = NULL };
    int n, held = 0;

    (void)state;
    fake.hvm = true;
    fake_store_set("image/suspend-cancel", "0");
    for (n = 1;; n++) {
        struct judgement j = { 0 };
        int r;

        fake.fail_call = n;
        fake.calls = 0;
        r = judge_domain(NULL, FAKE_DOMID, &no_aids, &j, NULL);
        if (!r)
            assert_int_equal(j.verdict.resumable, VERDICT_NO);
        held += !r;
        judgement_free(&j);
        if (fake.calls < n)
            break;
    }
    assert_true(held >= 1);
    assert_true(n > 4);
}

/*
 * Whatever call fails: the guest that can take a 1 is resumed with a 1, as
 * stock does, and no connection is left open.
 */
static void every_fault_is_stock(void **state)
{
    int n, calls;

    (void)state;
    fake_store_set("image/suspend-cancel", "1");
    for (n = 1;; n++) {
        fake.fail_call = n;
        fake.calls = 0;
        real_calls = 0;
        assert_int_equal(resume(1), 0);
        assert_int_equal(real_calls, 1);
        assert_int_equal(real_fast, 1);
        calls = fake.calls;
        if (calls < n)
            break;
    }
    assert_true(n > 5);
}

/* --- with what was found out before the guest was suspended */

static const struct judge_aids aids = { .overrides = NULL };
static const struct domain guest = { .domid = FAKE_DOMID, .uuid = FAKE_UUID };

static void look_ahead(void)
{
    foresight_take(&guest, &aids);
    assert_int_equal(fake.open_interfaces, 0);
    fake.calls = 0;
}

/* What is not asked while the guest stands still is what this is for. */
static void asks_for_little(void **state)
{
    int calls;

    (void)state;
    fake_store_set("name", "web");
    fake_store_set("image/suspend-cancel", "1");
    fake_store_set("image/guest-os", "linux");
    fake.calls = 0;
    assert_int_equal(resume(1), 0);
    calls = fake.calls;
    look_ahead();
    assert_int_equal(resume(1), 0);
    assert_int_equal(real_fast, 1);
    assert_true(fake.calls <= calls - 5);
    /* It is used up. */
    fake.calls = 0;
    assert_int_equal(resume(1), 0);
    assert_int_equal(fake.calls, calls);
}

/* Only of the domain itself, and only until it was used. */
static void finds_what_it_knows(void **state)
{
    struct domain found;

    (void)state;
    fake_store_set("image/suspend-cancel", "1");
    assert_false(foresight_find(FAKE_DOMID, &found));
    look_ahead();
    assert_false(foresight_find(FAKE_DOMID + 1, &found));
    assert_true(foresight_find(FAKE_DOMID, &found));
    assert_string_equal(found.uuid, FAKE_UUID);
    assert_int_equal(resume(1), 0);
    assert_false(foresight_find(FAKE_DOMID, &found));
}

/* Up to the moment at which it stood still a guest may have changed its mind. */
static void guest_has_the_last_word(void **state)
{
    (void)state;
    fake_store_set("image/suspend-cancel", "1");
    look_ahead();
    fake_store_set("control/feature-resumable", "0");
    assert_int_equal(resume(1), -1);
    look_ahead();
    fake_store_set("control/feature-resumable", "1");
    assert_int_equal(resume(1), 0);
    assert_int_equal(real_calls, 1);
}

/* Nor is what is known of one domain taken for another's. */
static void another_domain_is_asked_for(void **state)
{
    struct domain other = guest;

    (void)state;
    fake_store_set("image/suspend-cancel", "1");
    look_ahead();
    other.uuid[0] = '0';
    foresight_take(&other, &aids);
    fake_store_set("image/suspend-cancel", "0");
    assert_int_equal(resume(1), -1);
    look_ahead();
    fake_store_set("image/suspend-cancel", "1");
    assert_int_equal(resume(1), -1);
    assert_int_equal(resume(1), 0);
}

/* Of what is recorded nowhere nothing is kept. */
static void unrecorded_is_asked_for(void **state)
{
    (void)state;
    look_ahead();
    fake_store_set("image/suspend-cancel", "0");
    assert_int_equal(resume(1), -1);
}

/* A guest that a 1 kills gets none where xenstored has died since. */
static void no_later_fault_says_yes(void **state)
{
    int n;

    (void)state;
    fake_store_set("image/suspend-cancel", "0");
    /* By the first call Xen says that it is suspended. */
    for (n = 2;; n++) {
        look_ahead();
        fake.fail_call = n;
        assert_int_equal(resume(1), -1);
        fake.fail_call = 0;
        if (fake.calls < n)
            break;
    }
    assert_int_equal(real_calls, 0);
    assert_true(n > 3);
}

/* --- its lock */

static const struct lock_wish its_lock = {
    .uuid = FAKE_UUID,
    .domid = FAKE_DOMID,
};

static enum lock_state noted_state(void)
{
    struct lock_record record;

    assert_int_equal(lock_look(FAKE_UUID, &record), LOCK_FREE);
    return record.state;
}

/* Whoever saves it next knows that its vCPUs stand still, until it goes on. */
static void held_is_noted_and_forgotten(void **state)
{
    struct lock lock;

    (void)state;
    fake_store_set("image/suspend-cancel", "0");
    assert_int_equal(resume(1), -1);
    assert_int_equal(noted_state(), LOCK_HELD);
    assert_int_equal(lock_take(&its_lock, &lock, NULL), 0);
    assert_int_equal(lock.record.state, LOCK_HELD);
    lock_release(&lock);
    assert_int_equal(noted_state(), LOCK_HELD);
    fake_store_set("image/suspend-cancel", "1");
    assert_int_equal(resume(1), 0);
    assert_int_equal(noted_state(), LOCK_RUNNING);
}

/* Who has suspended it resumes it, and nobody else. */
static void anothers_is_not_resumed(void **state)
{
    int ready[2];
    char byte;
    pid_t pid;

    (void)state;
    fake_store_set("image/suspend-cancel", "1");
    assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
    pid = fork();
    if (!pid) {
        struct lock lock;

        if (!lock_take(&its_lock, &lock, NULL) && write(ready[1], "", 1) == 1)
            pause();
        _exit(1);
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    errno = 0;
    assert_int_equal(resume(1), -1);
    assert_int_equal(errno, EBUSY);
    assert_int_equal(real_calls, 0);
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(yes_gets_1, suspended_guest),
        cmocka_unit_test_setup(no_is_held, suspended_guest),
        cmocka_unit_test_setup(absent_note_is_held, suspended_guest),
        cmocka_unit_test_setup(force_is_obeyed, suspended_guest),
        cmocka_unit_test_setup(request_decides, suspended_guest),
        cmocka_unit_test_setup(unknown_is_stock, suspended_guest),
        cmocka_unit_test_setup(mistaken_0_is_corrected, suspended_guest),
        cmocka_unit_test_setup(not_suspended_passes_through, suspended_guest),
        cmocka_unit_test_setup(hvm_without_drivers_passes, suspended_guest),
        cmocka_unit_test_setup(pvh_is_not_hvm, suspended_guest),
        cmocka_unit_test_setup(hvm_keeps_its_0, suspended_guest),
        cmocka_unit_test_setup(no_fault_says_yes, suspended_guest),
        cmocka_unit_test_setup(every_fault_is_stock, suspended_guest),
        cmocka_unit_test_setup(asks_for_little, suspended_guest),
        cmocka_unit_test_setup(finds_what_it_knows, suspended_guest),
        cmocka_unit_test_setup(guest_has_the_last_word, suspended_guest),
        cmocka_unit_test_setup(another_domain_is_asked_for, suspended_guest),
        cmocka_unit_test_setup(unrecorded_is_asked_for, suspended_guest),
        cmocka_unit_test_setup(no_later_fault_says_yes, suspended_guest),
        cmocka_unit_test_setup(held_is_noted_and_forgotten, suspended_guest),
        cmocka_unit_test_setup(anothers_is_not_resumed, suspended_guest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
