/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, a guest is judged wrongly: sent to its death by a resume, or
 * held although it could go on.
 */
#include "config.h"

#include <string.h>

#include "unit.h"
#include "verdict/verdict.h"

struct row {
    const char *what;
    struct verdict_input input;
    enum verdict_answer answer;
    enum verdict_source source;
};

static const struct row rows[] = {
    { "nothing recorded",
      { .type = GUEST_PV }, VERDICT_UNKNOWN, SOURCE_NONE },
    { "note is 1 (Linux)",
      { .have_notes = true, .guest_os = "linux", .suspend_cancel = "0x1" },
      VERDICT_YES, SOURCE_IMAGE },
    { "note is 0 (NetBSD)",
      { .have_notes = true, .guest_os = "NetBSD", .suspend_cancel = "0x0" },
      VERDICT_NO, SOURCE_IMAGE },
    { "the string 0 is false",
      { .have_notes = true, .suspend_cancel = "0" },
      VERDICT_NO, SOURCE_IMAGE },
    { "decimal 1 is true",
      { .have_notes = true, .suspend_cancel = "1" },
      VERDICT_YES, SOURCE_IMAGE },
    { "an 8-byte note above 32 bits is true",
      { .have_notes = true, .suspend_cancel = "0x100000000" },
      VERDICT_YES, SOURCE_IMAGE },
    { "other notes but not this one (illumos): its default is 0",
      { .have_notes = true, .guest_os = "Solaris" },
      VERDICT_NO, SOURCE_IMAGE },
    { "a note that is no number says nothing",
      { .have_notes = true, .suspend_cancel = "maybe" },
      VERDICT_UNKNOWN, SOURCE_NONE },
    { "a note of a strange width says nothing, not its default",
      { .have_notes = true, .malformed_cancel = true },
      VERDICT_UNKNOWN, SOURCE_NONE },
    { "an empty note says nothing",
      { .have_notes = true, .suspend_cancel = "" },
      VERDICT_UNKNOWN, SOURCE_NONE },
    { "a number too large says nothing",
      { .have_notes = true, .suspend_cancel = "0x10000000000000000" },
      VERDICT_UNKNOWN, SOURCE_NONE },
    { "FreeBSD: yes despite 0",
      { .have_notes = true, .guest_os = "FreeBSD", .suspend_cancel = "0x0" },
      VERDICT_YES, SOURCE_QUIRK },
    { "a name that only begins like FreeBSD has no quirk",
      { .have_notes = true, .guest_os = "FreeBSDx", .suspend_cancel = "0x0" },
      VERDICT_NO, SOURCE_IMAGE },
    { "the guest says yes against its note",
      { .feature_resumable = "1", .have_notes = true,
        .suspend_cancel = "0x0" },
      VERDICT_YES, SOURCE_GUEST },
    { "the guest says no against its note",
      { .feature_resumable = "0", .have_notes = true,
        .suspend_cancel = "0x1" },
      VERDICT_NO, SOURCE_GUEST },
    { "the guest says no against a quirk",
      { .feature_resumable = "0", .have_notes = true,
        .guest_os = "FreeBSD" },
      VERDICT_NO, SOURCE_GUEST },
    { "nonsense from the guest: the note decides",
      { .feature_resumable = "\033[2J\xff", .have_notes = true,
        .suspend_cancel = "0x1" },
      VERDICT_YES, SOURCE_IMAGE },
    { "an empty word from the guest: the note decides",
      { .feature_resumable = "", .have_notes = true,
        .suspend_cancel = "0x1" },
      VERDICT_YES, SOURCE_IMAGE },
    { "the administrator overrules everybody: no",
      { .override = VERDICT_NO, .feature_resumable = "1",
        .have_notes = true, .suspend_cancel = "0x1" },
      VERDICT_NO, SOURCE_OVERRIDE },
    { "the administrator overrules everybody: yes",
      { .override = VERDICT_YES, .feature_resumable = "0",
        .have_notes = true, .suspend_cancel = "0x0" },
      VERDICT_YES, SOURCE_OVERRIDE },
    { "a loader's notes are not the guest's",
      { .have_notes = true, .loader = "GRUB", .type = GUEST_PVH },
      VERDICT_UNKNOWN, SOURCE_NONE },
    { "a loader's SUSPEND_CANCEL is not the guest's",
      { .have_notes = true, .loader = "GRUB", .suspend_cancel = "0x1" },
      VERDICT_UNKNOWN, SOURCE_NONE },
    { "the stored file says yes",
      { .type = GUEST_PV,
        .file = { .where = "/boot/k", .suspend_cancel = "0x1" } },
      VERDICT_YES, SOURCE_FILE },
    { "the stored file says no",
      { .type = GUEST_PV,
        .file = { .where = "/boot/k", .suspend_cancel = "0x0" } },
      VERDICT_NO, SOURCE_FILE },
    { "the stored file has no such note: its default is 0",
      { .file = { .where = "/boot/k", .guest_os = "Solaris" } },
      VERDICT_NO, SOURCE_FILE },
    { "the stored file is FreeBSD's",
      { .file = { .where = "/boot/k", .guest_os = "FreeBSD",
                  .suspend_cancel = "0x0" } },
      VERDICT_YES, SOURCE_FILE },
    { "the stored file's note is malformed",
      { .file = { .where = "/boot/k", .malformed_cancel = true } },
      VERDICT_UNKNOWN, SOURCE_NONE },
    { "the stored file's note is no number",
      { .file = { .where = "/boot/k", .suspend_cancel = "yes" } },
      VERDICT_UNKNOWN, SOURCE_NONE },
    { "the stored file is newer: nothing is known",
      { .file = { .unusable = "/boot/k is newer than the domain" } },
      VERDICT_UNKNOWN, SOURCE_NONE },
    { "recorded notes outrank a file and a hint",
      { .have_notes = true, .suspend_cancel = "0x0",
        .file = { .where = "/boot/k", .suspend_cancel = "0x1" },
        .memory = { .where = "0x1000", .suspend_cancel = "0x1" } },
      VERDICT_NO, SOURCE_IMAGE },
    { "a file outranks a hint",
      { .file = { .where = "/boot/k", .suspend_cancel = "0x0" },
        .memory = { .where = "0x1000", .suspend_cancel = "0x1" } },
      VERDICT_NO, SOURCE_FILE },
    { "the guest outranks a file and a hint",
      { .feature_resumable = "0",
        .file = { .where = "/boot/k", .suspend_cancel = "0x1" },
        .memory = { .where = "0x1000", .suspend_cancel = "0x1" } },
      VERDICT_NO, SOURCE_GUEST },
    { "a hint is better than nothing",
      { .file = { .unusable = "/boot/k is newer than the domain" },
        .memory = { .where = "0x1000", .suspend_cancel = "0x1" } },
      VERDICT_YES, SOURCE_MEMORY },
    { "a hint of a quirk",
      { .memory = { .where = "0x1000", .guest_os = "FreeBSD",
                    .suspend_cancel = "0x0" } },
      VERDICT_YES, SOURCE_MEMORY },
    { "a hint behind a loader",
      { .have_notes = true, .loader = "GRUB",
        .memory = { .where = "0x1000", .suspend_cancel = "0x0" } },
      VERDICT_NO, SOURCE_MEMORY },
    { "several hints are none",
      { .memory = { .unusable = "2 candidates that differ" } },
      VERDICT_UNKNOWN, SOURCE_NONE },
    { "a hint is nothing to an HVM guest without PV drivers",
      { .type = GUEST_HVM, .pv_drivers = PV_DRIVERS_ABSENT,
        .memory = { .where = "0x1000", .suspend_cancel = "0x0" } },
      VERDICT_YES, SOURCE_HVM },
    { "a hint outranks HVM's rule",
      { .type = GUEST_HVM, .pv_drivers = PV_DRIVERS_PRESENT,
        .memory = { .where = "0x1000", .suspend_cancel = "0x0" } },
      VERDICT_NO, SOURCE_MEMORY },
    { "HVM without PV drivers: nothing to change",
      { .type = GUEST_HVM, .pv_drivers = PV_DRIVERS_ABSENT,
        .have_notes = true, .loader = "firmware" },
      VERDICT_YES, SOURCE_HVM },
    { "HVM with PV drivers: by rule",
      { .type = GUEST_HVM, .pv_drivers = PV_DRIVERS_PRESENT },
      VERDICT_YES, SOURCE_HVM },
    { "HVM that says no itself",
      { .type = GUEST_HVM, .pv_drivers = PV_DRIVERS_PRESENT,
        .feature_resumable = "0" },
      VERDICT_NO, SOURCE_GUEST },
};

static void each_row(void **state)
{
    struct verdict v;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        verdict_reach(&rows[i].input, &v);
        if (v.resumable != rows[i].answer || v.source != rows[i].source)
            fail_msg("%s: %s by %s", rows[i].what,
                     verdict_answer_name(v.resumable),
                     verdict_source_name(v.source));
        assert_true(*v.reason);
    }
}

/* A hint says that it is one, and where it was found. */
static void hints_are_named(void **state)
{
    const struct verdict_input input = {
        .memory = { .where = "0x1000", .suspend_cancel = "0x1" },
    };
    struct verdict v;

    (void)state;
    verdict_reach(&input, &v);
    assert_non_null(strstr(v.reason, "a hint"));
    assert_non_null(strstr(v.reason, "0x1000"));
    assert_int_equal(v.evidence_count, 1);
}

/* Rows are as many as sources: none is lost, none runs over. */
static void everything_at_once(void **state)
{
    const struct verdict_input input = {
        .override = VERDICT_YES, .feature_resumable = "0",
        .type = GUEST_HVM, .have_notes = true, .guest_os = "FreeBSD",
        .loader = "GRUB",
        .file = { .unusable = "no" }, .memory = { .unusable = "no" },
    };
    struct verdict v;

    (void)state;
    verdict_reach(&input, &v);
    assert_int_equal(v.evidence_count, SOURCE_NONE - 1);
}

/* check shows all that was said, not only what decided. */
static void evidence_is_ordered(void **state)
{
    const struct verdict_input input = {
        .override = VERDICT_NO, .override_line = "xen-resumable.conf:3",
        .feature_resumable = "1", .have_notes = true,
        .guest_os = "FreeBSD", .suspend_cancel = "0x0",
        .type = GUEST_HVM,
    };
    struct verdict v;
    size_t i;

    (void)state;
    verdict_reach(&input, &v);
    assert_int_equal(v.evidence_count, 5);
    for (i = 1; i < v.evidence_count; i++)
        assert_true(v.evidence[i - 1].source < v.evidence[i].source);
    assert_string_equal(v.reason, "xen-resumable.conf:3");
}

static void suspendable(void **state)
{
    static const struct {
        const char *feature;
        enum verdict_answer answer;
    } cases[] = {
        { NULL, VERDICT_UNKNOWN },
        { "", VERDICT_UNKNOWN },
        { "1", VERDICT_YES },
        { "0", VERDICT_NO },
        { "11", VERDICT_UNKNOWN },
    };
    struct verdict v;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(cases); i++) {
        struct verdict_input input = { .feature_suspend = cases[i].feature };

        verdict_reach(&input, &v);
        assert_int_equal(v.suspendable, cases[i].answer);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_row),
        cmocka_unit_test(hints_are_named),
        cmocka_unit_test(everything_at_once),
        cmocka_unit_test(evidence_is_ordered),
        cmocka_unit_test(suspendable),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
