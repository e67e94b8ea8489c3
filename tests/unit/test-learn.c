/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, a guest is taken to run a kernel that it does not run, and may be
 * killed by the next checkpoint; or what is recorded of another one is overwritten.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "domain/lock.h"
#include "engine/learn.h"
#include "fake_xen.h"
#include "lib/image_notes.h"
#include "unit.h"
#include "xen/memory_scan.h"

#define LINUX "ENTRY=0xffffffff830791c0,GUEST_OS=linux,SUSPEND_CANCEL=0x1"
#define NEXT  "ENTRY=0xffffffff83080000,GUEST_OS=linux,SUSPEND_CANCEL=0x1"
#define NO    "ENTRY=0x100000,GUEST_OS=NetBSD,SUSPEND_CANCEL=0x0"

static const char *in_file, *loader;
static const char *in_memory[MEMORY_CANDIDATES_MAX];
static const char *scan_ended;
static bool more, locked, ends_meanwhile, has_lock;
static int scans;

/* --- file, memory and lock are the test's own */

int image_notes_from_fd(int fd, struct keylist *out, struct image_info *info,
                        struct xr_error *err)
{
    (void)fd;
    info->loader = loader;
    if (!in_file)
        return error_set(err, ENOENT, "there are no Xen notes");
    return keylist_parse(in_file, strlen(in_file), out, err);
}

int memory_scan(xc_interface *xch, const struct domain *domain,
                struct memory_scan *out, struct xr_error *err)
{
    (void)xch;
    assert_int_equal(domain->domid, FAKE_DOMID);
    scans++;
    *out = (struct memory_scan){ .pages = 512, .more = more,
                                 .ended = scan_ended };
    for (; in_memory[out->count]; out->count++) {
        struct memory_candidate *c = &out->candidates[out->count];

        c->address = 0x1000 * (out->count + 1);
        assert_int_equal(keylist_parse(in_memory[out->count],
                                       strlen(in_memory[out->count]),
                                       &c->notes, err), 0);
    }
    if (ends_meanwhile)
        fake_store_set("vm", "/vm/another");
    return 0;
}

void memory_scan_free(struct memory_scan *scan)
{
    while (scan->count)
        keylist_free(&scan->candidates[--scan->count].notes);
}

int lock_take(const struct lock_wish *wish, struct lock *out,
              struct xr_error *err)
{
    assert_string_equal(wish->uuid, FAKE_UUID);
    assert_int_equal(wish->domid, FAKE_DOMID);
    if (locked)
        return error_set(err, EBUSY, "it is in the hands of xl save");
    out->fd = 99;
    has_lock = true;
    return 0;
}

void lock_release(struct lock *lock)
{
    if (lock->fd >= 0)
        has_lock = false;
    lock->fd = -1;
}

/* --- the tests */

static int unknown_guest(void **state)
{
    (void)state;
    fake_reset();
    fake_store_set("vm", "/vm/" FAKE_UUID);
    in_file = LINUX;
    memset(in_memory, 0, sizeof(in_memory));
    in_memory[0] = LINUX;
    loader = scan_ended = NULL;
    more = locked = ends_meanwhile = has_lock = false;
    scans = 0;
    return 0;
}

static int learn(bool dry_run, struct learned *out, struct xr_error *err)
{
    CLEANUP_STORE struct store *store = store_open();
    const struct connection connection = { .store = store };
    const struct learn_order order = {
        .connection = &connection,
        .domid = FAKE_DOMID,
        .dry_run = dry_run,
    };
    int r;

    assert_non_null(store);
    r = learn_kernel(&order, out, err);
    assert_false(has_lock);
    return r;
}

static void refuse(enum xr_reason reason, const char *text)
{
    struct learned learned = { .written = false };
    struct xr_error err = { .code = 0 };
    const char *before = fake_store_get("image/suspend-cancel");

    assert_int_not_equal(learn(false, &learned, &err), 0);
    if (err.reason != reason || !strstr(err.message, text))
        fail_msg("%d: %s", (int)err.reason, err.message);
    if (!before) {
        assert_null(fake_store_get("image/suspend-cancel"));
        assert_null(fake_store_get("image/xen-resumable"));
    }
}

static void the_kernel_that_is_in_memory_is_learned(void **state)
{
    struct learned learned;
    struct xr_error err;

    (void)state;
    assert_int_equal(learn(false, &learned, &err), 0);
    assert_true(learned.written);
    assert_int_equal(learned.address, 0x1000);
    assert_string_equal(fake_store_get("image/suspend-cancel"), "1");
    assert_string_equal(fake_store_get("image/guest-os"), "linux");
    assert_string_equal(fake_store_get("image/xen-resumable"), "learned 1.0");
    /* The guest may say for itself, as if it had been built with the plugin. */
    assert_string_equal(fake_store_get("control/feature-resumable"), "");
    assert_int_equal(fake_store_owner("control/feature-resumable"), FAKE_DOMID);
}

static void a_dry_run_compares_only(void **state)
{
    struct learned learned;
    struct xr_error err;

    (void)state;
    locked = true; /* and needs no lock */
    assert_int_equal(learn(true, &learned, &err), 0);
    assert_false(learned.written);
    assert_int_equal(learned.address, 0x1000);
    assert_null(fake_store_get("image/suspend-cancel"));
}

static void another_kernel_is_not_believed(void **state)
{
    (void)state;
    in_memory[0] = NEXT;
    refuse(XR_REASON_WRONG_KERNEL, "ENTRY is 0xffffffff830791c0 in the file, "
           "and 0xffffffff83080000 in the guest's memory at 0x1000");
    in_memory[0] = "GUEST_OS=linux,SUSPEND_CANCEL=0x0";
    refuse(XR_REASON_WRONG_KERNEL, "SUSPEND_CANCEL is 0x1 in the file");
    /* What is not in memory at all. */
    in_memory[0] = "ENTRY=0xffffffff830791c0,GUEST_OS=linux";
    refuse(XR_REASON_WRONG_KERNEL, "absent in the guest's memory");
    /* And what only memory has. */
    in_file = "ENTRY=0xffffffff830791c0,GUEST_OS=linux";
    in_memory[0] = LINUX;
    refuse(XR_REASON_WRONG_KERNEL, "SUSPEND_CANCEL is absent in the file");
}

static void memory_that_says_nothing_is_no_proof(void **state)
{
    (void)state;
    scan_ended = "it took too long";
    refuse(XR_REASON_CANNOT_JUDGE, "memory was read: it took too long");
    scan_ended = NULL;
    more = true;
    refuse(XR_REASON_CANNOT_JUDGE, "more than 8 kernels");
    more = false;
    in_memory[0] = NULL;
    refuse(XR_REASON_CANNOT_JUDGE, "no kernel's notes");
}

/* A second one only counts against it if a verdict by that would be another. */
static void a_second_kernel_in_memory(void **state)
{
    struct learned learned;
    struct xr_error err;

    (void)state;
    in_memory[1] = NO;
    refuse(XR_REASON_CANNOT_JUDGE, "says otherwise at 0x2000");
    in_memory[0] = NEXT;
    in_memory[1] = LINUX;
    assert_int_equal(learn(false, &learned, &err), 0);
    assert_int_equal(learned.address, 0x2000);
}

static void what_is_known_stays(void **state)
{
    struct learned learned;
    struct xr_error err;

    (void)state;
    fake_store_set("image/suspend-cancel", "0");
    fake_store_set("image/guest-os", "NetBSD");
    refuse(XR_REASON_WRONG_KERNEL, "SUSPEND_CANCEL 0x0 and GUEST_OS NetBSD");
    assert_string_equal(fake_store_get("image/suspend-cancel"), "0");
    in_file = NO;
    assert_int_equal(learn(false, &learned, &err), 0);
    assert_true(learned.was_known);
    assert_false(learned.written);
    assert_int_equal(scans, 0);
    assert_null(fake_store_get("image/xen-resumable"));
}

static void files_that_are_no_kernel_of_a_guest(void **state)
{
    (void)state;
    in_file = NULL;
    refuse(XR_REASON_SYSTEM, "no Xen notes");
    in_file = LINUX;
    loader = "GRUB";
    refuse(XR_REASON_WRONG_KERNEL, "GRUB, not a guest's kernel");
}

static void domains_that_are_refused(void **state)
{
    (void)state;
    locked = true;
    refuse(XR_REASON_LOCKED, "in the hands of xl save");
    locked = false;
    ends_meanwhile = true;
    refuse(XR_REASON_SYSTEM, "has ended");
    ends_meanwhile = false;
    fake.hvm = fake.emulated = true;
    refuse(XR_REASON_CANNOT_JUDGE, "HVM");
    fake.hvm = fake.emulated = false;
    fake.shutdown = true;
    fake.shutdown_reason = SHUTDOWN_crash;
    refuse(XR_REASON_GUEST_DIED, "has crashed");
}

static void every_failing_call_leaves_all_or_nothing(void **state)
{
    struct learned learned;
    struct xr_error err;
    int n, r = -1;

    (void)state;
    for (n = 1; r && n < 100; n++) {
        unknown_guest(NULL);
        fake.fail_call = n;
        {
            CLEANUP_STORE struct store *store = store_open();
            const struct connection connection = { .store = store };
            const struct learn_order order = {
                .connection = &connection, .domid = FAKE_DOMID,
            };

            r = store ? learn_kernel(&order, &learned, &err) : -EIO;
        }
        assert_false(has_lock);
    }
    assert_int_equal(r, 0);
    assert_in_range(n, 8, 99);
}

#define TEST(name) cmocka_unit_test_setup(name, unknown_guest)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_kernel_that_is_in_memory_is_learned),
        TEST(a_dry_run_compares_only),
        TEST(another_kernel_is_not_believed),
        TEST(memory_that_says_nothing_is_no_proof),
        TEST(a_second_kernel_in_memory),
        TEST(what_is_known_stays),
        TEST(files_that_are_no_kernel_of_a_guest),
        TEST(domains_that_are_refused),
        TEST(every_failing_call_leaves_all_or_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
