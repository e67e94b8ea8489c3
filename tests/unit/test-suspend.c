/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, a guest whose save failed stays suspended under libvirt, or
 * one is resumed that its toolstack wanted suspended.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>

#include <xenctrl.h>

#include "unit.h"
#include "fake_xen.h"
#include "domain/lock.h"
#include "hook/resume.h"
#include "hook/suspend.h"

/* A libxl that is told what to do with the domain, and how it ends. */
static struct {
    bool suspends;
    int result;
    int calls;
    int resumes;
    int resume_result;
    bool mistakes; /* Xen 4.13's and 4.14's: it asks for a 0 */
    bool late;     /* it has given up waiting for the suspend */
    int returned;  /* what the suspend hypercall returned; -1: nothing yet */
} libxl;

/* Behind the door. */
static int hypercall_returns(struct xc_interface_core *xch, uint32_t domid,
                             int fast)
{
    (void)xch;
    (void)domid;
    libxl.returned = fast;
    return 0;
}

static int resume_domain(struct libxl__ctx *ctx, uint32_t domid,
                         int suspend_cancel,
                         const libxl_asyncop_how *how)
{
    (void)ctx;
    assert_null(how);
    assert_int_equal(domid, FAKE_DOMID);
    assert_int_equal(suspend_cancel, 1);
    libxl.resumes++;
    if (libxl.mistakes && hook_resume(hypercall_returns, NULL, domid, 0))
        return -3;
    if (!libxl.resume_result)
        fake.shutdown = false;
    return libxl.resume_result;
}

static int real_suspend(struct libxl__ctx *ctx, uint32_t domid, int fd,
                        int flags, const libxl_asyncop_how *how)
{
    (void)ctx;
    (void)how;
    assert_int_equal(domid, FAKE_DOMID);
    assert_int_equal(fd, 5);
    assert_int_equal(flags, 2);
    libxl.calls++;
    /* As libxl-save-helper's door does. */
    if (libxl.suspends && !fake.shutdown)
        lock_set_state(FAKE_UUID, libxl.late ? LOCK_ASKED : LOCK_SUSPENDED,
                       NULL);
    fake.shutdown |= libxl.suspends;
    fake.shutdown_reason = SHUTDOWN_suspend;
    errno = ENOSPC;
    return libxl.result;
}

static int suspend(const void *how)
{
    const struct libxl_functions functions = { .domain_resume = resume_domain };
    int r = hook_suspend(real_suspend, &functions, NULL, FAKE_DOMID, 5, 2,
                         how);

    assert_int_equal(libxl.calls, 1);
    assert_int_equal(errno, ENOSPC);
    assert_int_equal(fake.open_interfaces, 0);
    libxl.calls = 0;
    return r;
}

static int fresh(void **state)
{
    (void)state;
    fake_reset();
    libxl.suspends = true;
    libxl.result = -3;
    libxl.calls = libxl.resumes = libxl.resume_result = 0;
    libxl.mistakes = libxl.late = false;
    libxl.returned = -1;
    suspend_was_undone(FAKE_DOMID);
    return 0;
}

static int behind_resume(struct xc_interface_core *xch, uint32_t domid,
                         int fast)
{
    (void)xch;
    (void)domid;
    (void)fast;
    errno = EINVAL;
    return -1;
}

static void failed_save_is_undone(void **state)
{
    (void)state;
    assert_int_equal(suspend(NULL), -3);
    assert_int_equal(libxl.resumes, 1);
    /* The toolstack's own resume, later: once it finds its work done. */
    assert_int_equal(hook_resume(behind_resume, NULL, FAKE_DOMID, 1), 0);
    assert_int_equal(hook_resume(behind_resume, NULL, FAKE_DOMID, 1), -1);
}

/* Not for a domain of another save. */
static void next_save_forgets(void **state)
{
    (void)state;
    suspend(NULL);
    libxl.suspends = false;
    suspend(NULL);
    assert_int_equal(libxl.resumes, 1);
    assert_int_equal(hook_resume(behind_resume, NULL, FAKE_DOMID, 1), -1);
}

static void good_save_is_left_alone(void **state)
{
    (void)state;
    libxl.result = 0;
    assert_int_equal(suspend(NULL), 0);
    assert_int_equal(libxl.resumes, 0);
}

static void never_suspended_is_left_alone(void **state)
{
    (void)state;
    libxl.suspends = false;
    assert_int_equal(suspend(NULL), -3);
    assert_int_equal(libxl.resumes, 0);
}

static void suspended_before_stays_so(void **state)
{
    (void)state;
    fake.shutdown = true;
    fake.shutdown_reason = SHUTDOWN_suspend;
    assert_int_equal(suspend(NULL), -3);
    assert_int_equal(libxl.resumes, 0);
}

static void asynchronous_passes(void **state)
{
    int how = 0;

    (void)state;
    assert_int_equal(suspend(&how), -3);
    assert_int_equal(libxl.resumes, 0);
}

static void xl_resumes_by_itself(void **state)
{
    char *saved = program_invocation_short_name;
    static char xl[] = "xl";

    (void)state;
    program_invocation_short_name = xl;
    assert_int_equal(suspend(NULL), -3);
    program_invocation_short_name = saved;
    assert_int_equal(libxl.resumes, 0);
}

/* Held, or it cannot be resumed: nobody is told that it was. */
static void failed_resume_is_not_done(void **state)
{
    (void)state;
    libxl.resume_result = -3;
    assert_int_equal(suspend(NULL), -3);
    assert_int_equal(libxl.resumes, 1);
    assert_false(suspend_was_undone(FAKE_DOMID));
}

/*
 * A 0 would kill Linux; a guest of which nothing is known waits, and one of
 * which that is known gets what it can take.
 */
static void undone_by_no_mistaken_0(void **state)
{
    static const struct {
        int minor;
        const char *cancel;
        int returned;
    } rows[] = {
        { 13, NULL, -1 }, { 14, NULL, -1 }, { 15, NULL, 0 },
        { 14, "1", 1 }, { 14, "0", 0 },
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        fresh(NULL);
        fake.version = 4 << 16 | rows[i].minor;
        libxl.mistakes = true;
        if (rows[i].cancel)
            fake_store_set("image/suspend-cancel", rows[i].cancel);
        assert_int_equal(suspend(NULL), -3);
        assert_int_equal(libxl.resumes, 1);
        assert_int_equal(libxl.returned, rows[i].returned);
        assert_true(suspend_was_undone(FAKE_DOMID)
                    == (rows[i].returned >= 0));
        assert_true(fake.shutdown == (rows[i].returned < 0));
    }
}

/* Whatever fails of ours: the answer is libxl's. */
static void every_fault_is_stock(void **state)
{
    int n;

    (void)state;
    for (n = 1; n < 8; n++) {
        fresh(NULL);
        fake.fail_call = n;
        assert_int_equal(suspend(NULL), -3);
    }
}

/* A libxl without the function: the guest stays as it is, and that is said. */
static void no_function_is_stock(void **state)
{
    const struct libxl_functions none = { .domain_resume = NULL };

    (void)state;
    assert_int_equal(hook_suspend(real_suspend, &none, NULL, FAKE_DOMID, 5, 2,
                                  NULL), -3);
    assert_true(fake.shutdown);
    assert_false(suspend_was_undone(FAKE_DOMID));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(failed_save_is_undone, fresh),
        cmocka_unit_test_setup(next_save_forgets, fresh),
        cmocka_unit_test_setup(good_save_is_left_alone, fresh),
        cmocka_unit_test_setup(never_suspended_is_left_alone, fresh),
        cmocka_unit_test_setup(suspended_before_stays_so, fresh),
        cmocka_unit_test_setup(asynchronous_passes, fresh),
        cmocka_unit_test_setup(undone_by_no_mistaken_0, fresh),
        cmocka_unit_test_setup(xl_resumes_by_itself, fresh),
        cmocka_unit_test_setup(failed_resume_is_not_done, fresh),
        cmocka_unit_test_setup(every_fault_is_stock, fresh),
        cmocka_unit_test_setup(no_function_is_stock, fresh),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
