/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, a note of a kernel turns into another value than the one that
 * Xen's own loader would take it for.
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "format/guest_section.h"
#include "format/notes.h"
#include "unit.h"

static void the_table_knows_numbers_and_names(void **state)
{
    uint32_t i;

    (void)state;
    for (i = 0; i <= NOTE_PHYS32_RELOC; i++) {
        const struct note_type *type = note_by_number(i);

        assert_non_null(type);
        assert_int_equal(type->number, i);
        assert_ptr_equal(note_by_name(type->name), type);
        assert_true(note_name_valid(type->name));
    }
    assert_null(note_by_number(NOTE_PHYS32_RELOC + 1));
    assert_null(note_by_name("XEN_ELFNOTE_GUEST_OS"));
    assert_string_equal(note_by_number(14)->name, "SUSPEND_CANCEL");
    assert_string_equal(note_by_number(18)->name, "PHYS32_ENTRY");
}

/* One note as the list has it. */
static void expect(uint32_t number, const char *bytes, size_t n,
                   bool big_endian, const char *text)
{
    CLEANUP_KEYLIST struct keylist list = { 0 };
    CLEANUP_BUFFER struct buffer printed = { 0 };

    assert_int_equal(note_add(&list, number, (const uint8_t *)bytes, n,
                              big_endian), 0);
    keylist_print(&list, &printed);
    assert_string_equal(printed.data, text);
}

static void numbers_have_the_widths_that_xen_reads(void **state)
{
    (void)state;
    expect(14, "\x01", 1, false, "SUSPEND_CANCEL=0x1");
    expect(14, "\x01\x02", 2, false, "SUSPEND_CANCEL=0x201");
    expect(14, "\x01\0\0\0", 4, false, "SUSPEND_CANCEL=0x1");
    expect(3, "\0\0\0\x80\xff\xff\xff\xff", 8, false,
           "VIRT_BASE=0xffffffff80000000");
    expect(3, "\xff\xff\xff\xff\x80\0\0\0", 8, true,
           "VIRT_BASE=0xffffffff80000000");
    expect(14, "\0\0\0\0", 4, false, "SUSPEND_CANCEL=0x0");
}

static void numbers_of_another_width_are_bytes(void **state)
{
    (void)state;
    expect(14, "\x01\0\0", 3, false, "NOTE_14=010000");
    expect(14, "", 0, false, "NOTE_14=");
    expect(1, "0123456789abcdef", 16, false,
           "NOTE_1=30313233343536373839616263646566");
}

static void strings_end_at_their_nul_or_with_the_note(void **state)
{
    (void)state;
    expect(6, "linux\0\0\0", 8, false, "GUEST_OS=linux");
    expect(6, "linux", 5, false, "GUEST_OS=linux");
    expect(6, "a\0b\0", 4, false, "GUEST_OS=a");
    expect(6, "", 0, false, "GUEST_OS=");
    expect(6, "a,b\\\x1b\xff", 6, false, "GUEST_OS=a\\,b\\\\\\x1b\\xff");
    expect(0, "KEY=VALUE", 10, false, "INFO=KEY=VALUE");
}

static void pairs_are_masks_and_values(void **state)
{
    const char two[32] = { 1, [8] = 1, [16] = 2 };

    (void)state;
    expect(13, "\1\0\0\0\1\0\0\0", 8, false, "L1_MFN_VALID=0x1/0x1");
    expect(13, two, 16, false, "L1_MFN_VALID=0x1/0x1");
    expect(13, two, 32, false, "L1_MFN_VALID=0x1/0x1|0x2/0x0");
    expect(13, two, 24, false, "L1_MFN_VALID=0x1/0x0|0x1/0x0|0x2/0x0");
    expect(13, two, 4, false, "NOTE_13=01000000");
    expect(13, "", 0, false, "NOTE_13=");
}

static void relocation_bounds_are_numbers(void **state)
{
    (void)state;
    expect(19, "\0\0\x20\0\0\0\0\1\xff\xff\xff\x3f", 12, false,
           "PHYS32_RELOC=0x200000|0x1000000|0x3fffffff");
    expect(19, "", 0, false, "PHYS32_RELOC=");
    expect(19, "abc", 3, false, "NOTE_19=616263");
}

static void unknown_notes_are_bytes(void **state)
{
    (void)state;
    expect(23, "\x01\xff", 2, false, "NOTE_23=01ff");
    expect(0x1000001, "", 0, false, "NOTE_16777217=");
}

static void the_last_of_a_number_wins(void **state)
{
    CLEANUP_KEYLIST struct keylist list = { 0 };

    (void)state;
    assert_int_equal(note_add(&list, 14, (const uint8_t *)"\0\0\0\0", 4,
                              false), 0);
    assert_int_equal(note_add(&list, 14, (const uint8_t *)"\1\0\0\0", 4,
                              false), 0);
    assert_string_equal(keylist_get(&list, "SUSPEND_CANCEL"), "0x1");
    assert_int_equal(list.count, 1);
}

static void lists_are_sorted_by_number(void **state)
{
    CLEANUP_KEYLIST struct keylist list = { 0 };
    CLEANUP_BUFFER struct buffer text = { 0 };
    const char *in = "z=1,NOTE_100=,SUSPEND_CANCEL=0x1,a=2,NOTE_23=,ENTRY=0x1";

    (void)state;
    assert_int_equal(keylist_parse(in, strlen(in), &list, NULL), 0);
    assert_int_equal(notes_sort(&list), 0);
    keylist_print(&list, &text);
    assert_string_equal(text.data, "ENTRY=0x1,SUSPEND_CANCEL=0x1,NOTE_23=,"
                                   "NOTE_100=,z=1,a=2");
}

static void only_notes_have_valid_names(void **state)
{
    static const char *const bad[] = {
        "", "NOTE_", "NOTE_x", "NOTE_023", "NOTE_4294967296", "NOTE_-1",
        "guest_os", "NOTE_1 ", "NOTE_99999999999999999999999",
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(bad); i++)
        assert_false(note_name_valid(bad[i]));
    assert_true(note_name_valid("NOTE_0"));
    assert_true(note_name_valid("NOTE_4294967295"));
}

static void loaders_are_told_from_kernels(void **state)
{
    static const struct {
        const char *list;
        bool loader;
    } cases[] = {
        { "GUEST_OS=linux,SUSPEND_CANCEL=0x1", false },
        { "GUEST_OS=GRUB", true }, { "GUEST_OS=Mini-OS", false },
        { "PHYS32_ENTRY=0x1", true }, { "", false },
        { "PHYS32_ENTRY=0x1,PHYS32_RELOC=0x1", true },
        { "PHYS32_ENTRY=0x1,SUSPEND_CANCEL=0x1", false },
        { "GUEST_OS=FreeBSD,PHYS32_ENTRY=0x1", false },
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(cases); i++) {
        CLEANUP_KEYLIST struct keylist list = { 0 };

        assert_int_equal(keylist_parse(cases[i].list, strlen(cases[i].list),
                                       &list, NULL), 0);
        assert_int_equal(notes_loader(&list) != NULL, cases[i].loader);
    }
}

static void pairs_are_read_back(void **state)
{
    struct note_pair pairs[2];
    size_t count = 77;

    (void)state;
    assert_true(note_parse_pairs("0x1/0x1|0x2/0x0", pairs, 2, &count));
    assert_int_equal(count, 2);
    assert_int_equal(pairs[1].mask, 2);
    assert_int_equal(pairs[1].value, 0);
    count = 77;
    assert_false(note_parse_pairs("0x1/0x1|0x2/0x0", pairs, 1, &count));
    assert_false(note_parse_pairs("", pairs, 2, &count));
    assert_false(note_parse_pairs("0x1", pairs, 2, &count));
    assert_false(note_parse_pairs("0x1/", pairs, 2, &count));
    assert_false(note_parse_pairs("0x1/0x1|", pairs, 2, &count));
    assert_false(note_parse_pairs("0x1/0x1x", pairs, 2, &count));
    assert_false(note_parse_pairs("0x1/-0x1", pairs, 2, &count));
    assert_false(note_parse_pairs("0x11111111111111111/0x1", pairs, 2,
                                  &count));
    assert_int_equal(count, 77);
}

static void numbers_are_read_back(void **state)
{
    uint64_t numbers[2];
    size_t count = 77;

    (void)state;
    assert_true(note_parse_numbers("", numbers, 2, &count));
    assert_int_equal(count, 0);
    assert_true(note_parse_numbers("0x7|0x8", numbers, 2, &count));
    assert_int_equal(count, 2);
    assert_int_equal(numbers[1], 8);
    assert_false(note_parse_numbers("0x7|0x8|0x9", numbers, 2, &count));
    assert_false(note_parse_numbers("0x7|", numbers, 2, &count));
    assert_false(note_parse_numbers("7", numbers, 2, &count));
}

static void expect_guest(const char *text, const char *list_text)
{
    CLEANUP_KEYLIST struct keylist list = { 0 };
    CLEANUP_BUFFER struct buffer printed = { 0 };

    assert_int_equal(guest_section_parse(text, strlen(text), &list), 0);
    keylist_print(&list, &printed);
    assert_string_equal(printed.data ? printed.data : "", list_text);
}

static void the_legacy_section_gets_the_notes_names(void **state)
{
    (void)state;
    expect_guest("GUEST_OS=linux,GUEST_VER=2.6,XEN_VER=xen-3.0,LOADER=generic",
                 "GUEST_OS=linux,GUEST_VERSION=2.6,XEN_VERSION=xen-3.0,"
                 "LOADER=generic");
    expect_guest("VIRT_BASE=0xC0000000,VIRT_ENTRY=3222274048,"
                 "ELF_PADDR_OFFSET=0,PAE=yes[extended-cr3],BSD_SYMTAB",
                 "VIRT_BASE=0xc0000000,ENTRY=0xc0100000,PADDR_OFFSET=0x0,"
                 "PAE_MODE=yes[extended-cr3],BSD_SYMTAB=yes");
    expect_guest("HYPERCALL_PAGE=0x104,VIRT_BASE=0xC0000000",
                 "HYPERCALL_PAGE=0xc0104000,VIRT_BASE=0xc0000000");
    expect_guest("TYPE=domU,=x,,GUEST_OS=a=b,L1_MFN_VALID=1",
                 "GUEST_OS=a=b");
    expect_guest("", "");
    expect_guest("VIRT_BASE", "VIRT_BASE=0x0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_knows_numbers_and_names),
        cmocka_unit_test(numbers_have_the_widths_that_xen_reads),
        cmocka_unit_test(numbers_of_another_width_are_bytes),
        cmocka_unit_test(strings_end_at_their_nul_or_with_the_note),
        cmocka_unit_test(pairs_are_masks_and_values),
        cmocka_unit_test(relocation_bounds_are_numbers),
        cmocka_unit_test(unknown_notes_are_bytes),
        cmocka_unit_test(the_last_of_a_number_wins),
        cmocka_unit_test(lists_are_sorted_by_number),
        cmocka_unit_test(only_notes_have_valid_names),
        cmocka_unit_test(loaders_are_told_from_kernels),
        cmocka_unit_test(pairs_are_read_back),
        cmocka_unit_test(numbers_are_read_back),
        cmocka_unit_test(the_legacy_section_gets_the_notes_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
