/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, what is known of a kernel does not survive xenstore: a note
 * changes its value, "0" turns true, or a strange note costs the others.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "unit.h"
#include "fake_xen.h"
#include "util/buffer.h"
#include "xen/known_notes.h"

static int fresh(void **state)
{
    (void)state;
    fake_reset();
    return 0;
}

static int write_list(const char *text, struct xr_error *err)
{
    CLEANUP_KEYLIST struct keylist notes = { 0 };
    CLEANUP_STORE struct store *store = store_open();

    if (!store)
        return -errno;
    assert_int_equal(keylist_parse(text, strlen(text), &notes, err), 0);
    return known_notes_write(store, FAKE_DOMID, &notes, "build", err);
}

static void expect_list(bool deciding_only, const char *text)
{
    CLEANUP_KEYLIST struct keylist notes = { 0 };
    CLEANUP_STORE struct store *store = store_open();
    CLEANUP_BUFFER struct buffer out = { 0 };
    struct xr_error err;

    assert_non_null(store);
    assert_int_equal(known_notes_read(store, FAKE_DOMID, deciding_only, &notes,
                                      NULL, &err), 0);
    keylist_print(&notes, &out);
    assert_string_equal(out.data ? out.data : "", text);
}

#define LINUX "ENTRY=0xffffffff830791c0,XEN_VERSION=xen-3.0,GUEST_OS=linux," \
    "GUEST_VERSION=2.6,FEATURES=!writable_page_tables|pae_pgdir_above_4gb," \
    "L1_MFN_VALID=0x1/0x1,SUSPEND_CANCEL=0x1"

static void round_trip(void **state)
{
    struct xr_error err;

    (void)state;
    assert_int_equal(write_list(LINUX, &err), 0);
    expect_list(false, LINUX);
    expect_list(true, "GUEST_OS=linux,SUSPEND_CANCEL=0x1");
}

/* xend's layout: names with dashes, decimal numbers, features one by one. */
static void layout(void **state)
{
    struct xr_error err;

    (void)state;
    assert_int_equal(write_list(LINUX, &err), 0);
    assert_string_equal(fake_store_get("image/suspend-cancel"), "1");
    assert_string_equal(fake_store_get("image/entry"),
                        "18446744071612895680");
    assert_string_equal(fake_store_get("image/guest-version"), "2.6");
    assert_string_equal(fake_store_get("image/l1-mfn-valid"), "0x1/0x1");
    assert_string_equal(fake_store_get("image/features/writable-page-tables"),
                        "0");
    assert_string_equal(fake_store_get("image/features/pae-pgdir-above-4gb"),
                        "1");
    assert_string_equal(fake_store_get("image/xen-resumable"), "build 1.0");
}

/* A version "3" is a string, not a number to be rewritten. */
static void strings_stay(void **state)
{
    struct xr_error err;

    (void)state;
    assert_int_equal(write_list("GUEST_VERSION=3,SUSPEND_CANCEL=0x0", &err),
                     0);
    assert_string_equal(fake_store_get("image/suspend-cancel"), "0");
    expect_list(false, "GUEST_VERSION=3,SUSPEND_CANCEL=0x0");
}

/* libxl's own nodes in image/ are not notes and stay untouched. */
static void others_are_left_alone(void **state)
{
    struct xr_error err;

    (void)state;
    fake_store_set("image/device-model-pid", "99");
    expect_list(false, "");
    assert_int_equal(write_list("SUSPEND_CANCEL=0x1", &err), 0);
    assert_string_equal(fake_store_get("image/device-model-pid"), "99");
    expect_list(false, "SUSPEND_CANCEL=0x1");
}

/* A note with a NUL or too long for xenstore is left out, the rest stays. */
static void strange_notes(void **state)
{
    struct xr_error err;
    char text[5000] = "GUEST_OS=";

    (void)state;
    memset(text + 9, 'x', 4000);
    strcpy(text + 4009, ",LOADER=a\\x00b,SUSPEND_CANCEL=0x1,"
           "FEATURES=../../evil|a\\,b|ok");
    assert_int_equal(write_list(text, &err), 0);
    assert_null(fake_store_get("image/guest-os"));
    assert_null(fake_store_get("image/loader"));
    assert_null(fake_store_get("image/features/../../evil"));
    assert_string_equal(fake_store_get("image/features/ok"), "1");
    assert_string_equal(fake_store_get("image/suspend-cancel"), "1");
}

/* A kernel with more notes than there is room for loses none that decides. */
static void too_many_notes(void **state)
{
    CLEANUP_KEYLIST struct keylist notes = { 0 };
    CLEANUP_STORE struct store *store = store_open();
    CLEANUP_BUFFER struct buffer features = { 0 };
    struct xr_error err;
    char key[32];
    int i;

    (void)state;
    assert_non_null(store);
    for (i = 100; i < 1000; i++) {
        snprintf(key, sizeof(key), "NOTE_%d", i);
        assert_int_equal(keylist_set_text(&notes, key, "00"), 0);
        buffer_printf(&features, "feature%d|", i);
    }
    keylist_set_text(&notes, "FEATURES", features.data);
    keylist_set_text(&notes, "XEN_VERSION", "xen-3.0");
    keylist_set_text(&notes, "GUEST_OS", "NetBSD");
    keylist_set_text(&notes, "SUSPEND_CANCEL", "0x0");
    assert_int_equal(known_notes_write(store, FAKE_DOMID, &notes, "build",
                                       &err), 0);
    expect_list(true, "GUEST_OS=NetBSD,SUSPEND_CANCEL=0x0");
    assert_string_equal(fake_store_get("image/xen-version"), "xen-3.0");
    assert_string_equal(fake_store_get("image/xen-resumable"), "build 1.0");
}

/* The node is the guest's, and what it has said there stays. */
static void invitation(void **state)
{
    CLEANUP_STORE struct store *store = store_open();

    (void)state;
    assert_non_null(store);
    known_notes_invite(store, FAKE_DOMID);
    assert_string_equal(fake_store_get("control/feature-resumable"), "");
    assert_int_equal(fake_store_owner("control/feature-resumable"),
                     FAKE_DOMID);
    fake_store_set("control/feature-resumable", "1");
    known_notes_invite(store, FAKE_DOMID);
    assert_string_equal(fake_store_get("control/feature-resumable"), "1");
}

/* A stored number that is none says nothing, and is shown as it stands. */
static void hostile_values(void **state)
{
    (void)state;
    fake_store_set("image/suspend-cancel", "1; reboot");
    expect_list(false, "SUSPEND_CANCEL=1; reboot");
    fake_store_set("image/suspend-cancel", "99999999999999999999999");
    expect_list(false, "SUSPEND_CANCEL=99999999999999999999999");
}

/* Every failing call is reported, and the connection is closed. */
static void faults(void **state)
{
    struct xr_error err;
    int n, r;

    (void)state;
    for (n = 1;; n++) {
        fake_reset();
        fake.fail_call = n;
        r = write_list(LINUX, &err);
        assert_int_equal(fake.open_connections, 0);
        if (!r)
            break;
        assert_int_equal(r, -EIO);
    }
    assert_true(n > 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(round_trip, fresh),
        cmocka_unit_test_setup(layout, fresh),
        cmocka_unit_test_setup(strings_stay, fresh),
        cmocka_unit_test_setup(others_are_left_alone, fresh),
        cmocka_unit_test_setup(strange_notes, fresh),
        cmocka_unit_test_setup(too_many_notes, fresh),
        cmocka_unit_test_setup(invitation, fresh),
        cmocka_unit_test_setup(hostile_values, fresh),
        cmocka_unit_test_setup(faults, fresh),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
