/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, a guest gets a return value that kills it, or a broken
 * xenstore makes the plugin worse than stock.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <xenctrl.h>

#include "unit.h"
#include "fake_xen.h"
#include "domain/request.h"
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
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
