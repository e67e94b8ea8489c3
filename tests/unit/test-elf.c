/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, the notes of some ELF image are missed, misread, or read from
 * where they are not.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "image_builder.h"
#include "lib/image_notes.h"
#include "unit.h"
#include "util/bytes.h"

static const char linux_list[] =
    "ENTRY=0xffffffff81000000,VIRT_BASE=0xffffffff80000000,"
    "XEN_VERSION=xen-3.0,GUEST_OS=linux,GUEST_VERSION=2.6,LOADER=generic,"
    "FEATURES=!writable_page_tables|auto_trans,L1_MFN_VALID=0x1/0x1,"
    "SUSPEND_CANCEL=0x1,PHYS32_ENTRY=0x1000000";

static const char narrow_list[] =
    "ENTRY=0xc1000000,VIRT_BASE=0xc0000000,"
    "XEN_VERSION=xen-3.0,GUEST_OS=linux,GUEST_VERSION=2.6,LOADER=generic,"
    "FEATURES=!writable_page_tables|auto_trans,L1_MFN_VALID=0x1/0x1,"
    "SUSPEND_CANCEL=0x1,PHYS32_ENTRY=0x1000000";

static void expect_list(const struct buffer *image, const char *expected)
{
    CLEANUP_KEYLIST struct keylist list = { 0 };
    CLEANUP_BUFFER struct buffer text = { 0 };
    struct xr_error err = { .message = "" };
    int r = image_notes_from_memory(image->data, image->length, &list, NULL,
                                    &err);

    if (r)
        print_error("%s at %llu\n", err.message,
                    (unsigned long long)err.offset);
    assert_int_equal(r, 0);
    keylist_print(&list, &text);
    assert_string_equal(text.data, expected);
}

static void expect_error(const struct buffer *image, int code,
                         uint64_t offset)
{
    struct keylist list = { 0 };
    struct xr_error err = { .offset = 1 };

    assert_int_equal(image_notes_from_memory(image->data, image->length,
                                             &list, NULL, &err), -code);
    assert_int_equal(err.code, code);
    assert_int_equal(err.offset, offset);
    assert_null(list.pairs);
}

static void every_shape_says_the_same(void **state)
{
    unsigned i;

    (void)state;
    for (i = 0; i < 16; i++) {
        const struct image_shape shape = {
            .narrow = i & 1,
            .big_endian = i & 2,
            .place = i & 4 ? IMAGE_SECTION : IMAGE_SEGMENT,
            .alignment = i & 8 ? 8 : 4,
            .code_before = 999,
            .code_behind = 333,
        };
        CLEANUP_BUFFER struct buffer notes = { 0 }, image = { 0 };

        image_linux_notes(&notes, &shape);
        image_elf(&image, &shape, &notes);
        expect_list(&image, shape.narrow ? narrow_list : linux_list);
    }
}

static void the_legacy_section_is_read(void **state)
{
    static const char text[] = "GUEST_OS=old";
    const struct image_shape guest = { .place = IMAGE_GUEST };
    CLEANUP_BUFFER struct buffer notes = { 0 }, image = { 0 };

    (void)state;
    buffer_append(&notes, text, sizeof(text));
    image_elf(&image, &guest, &notes);
    expect_list(&image, "GUEST_OS=old");
}

/* A segment of foreign notes alone does not hide the section's notes. */
static void foreign_segments_do_not_count(void **state)
{
    const struct image_shape shape = { .place = IMAGE_SECTION };
    CLEANUP_BUFFER struct buffer notes = { 0 }, image = { 0 };
    size_t foreign;

    (void)state;
    image_note(&notes, &shape, "GNU", 3, "id", 2);
    foreign = notes.length;
    image_note_string(&notes, &shape, 6, "linux");
    image_elf(&image, &shape, &notes);
    /* Make a PT_NOTE of the second program header, of the foreign note. */
    image.data[64 + 56] = 4;
    store_le64((uint8_t *)image.data + 64 + 56 + 32, foreign);
    expect_list(&image, "GUEST_OS=linux");
}

static void no_notes_is_told_apart_from_no_kernel(void **state)
{
    const struct image_shape shape = { .place = IMAGE_NO_NOTES };
    CLEANUP_BUFFER struct buffer image = { 0 };
    CLEANUP_BUFFER struct buffer text = { 0 };
    struct image_info info = { 0 };
    struct keylist list = { 0 };

    (void)state;
    image_elf(&image, &shape, NULL);
    assert_int_equal(image_notes_from_memory(image.data, image.length, &list,
                                             &info, NULL), -ENOENT);
    assert_string_equal(info.container, "elf");
    assert_null(info.place);
    assert_null(info.loader);
    buffer_puts(&text, "#!/bin/sh\n");
    expect_error(&text, ENOEXEC, 0);
    text.length = 0;
    expect_error(&text, ENOEXEC, 0);
}

static void old_names_without_their_nul_count(void **state)
{
    const struct image_shape shape = { .place = IMAGE_SEGMENT };
    CLEANUP_BUFFER struct buffer notes = { 0 }, image = { 0 };

    (void)state;
    image_note_string(&notes, &shape, 6, "linux");
    store_le32((uint8_t *)notes.data, 3);
    image_note(&notes, &shape, "Xenon", 14, "\0\0\0\0", 4);
    image_note(&notes, &shape, "XEN", 14, "\0\0\0\0", 4);
    image_elf(&image, &shape, &notes);
    expect_list(&image, "GUEST_OS=linux");
}

/* A segment aligned to 8 whose notes are padded to 4, as old linkers mix. */
static void alignment_8_may_be_a_lie(void **state)
{
    const struct image_shape shape = { .place = IMAGE_SEGMENT };
    CLEANUP_BUFFER struct buffer notes = { 0 }, image = { 0 };

    (void)state;
    image_linux_notes(&notes, &shape);
    image_elf(&image, &shape, &notes);
    store_le64((uint8_t *)image.data + 64 + 56 + 48, 8);
    expect_list(&image, linux_list);
}

/* GRUB for 32-bit PV claims 12 bytes for the "yes" that ends its segment. */
static void a_string_may_end_before_its_note_does(void **state)
{
    const struct image_shape shape = { .place = IMAGE_SEGMENT };
    size_t i;

    (void)state;
    for (i = 0; i < 3; i++) {
        CLEANUP_BUFFER struct buffer notes = { 0 }, image = { 0 };
        static const uint32_t types[] = { 9, 14, 9 };
        const char *text = i == 2 ? "yess" : "yes";

        image_note(&notes, &shape, "Xen", types[i], text, 4);
        store_le32((uint8_t *)notes.data + 4, 12);
        image_elf(&image, &shape, &notes);
        if (i == 0)
            expect_list(&image, "PAE_MODE=yes");
        else
            expect_error(&image, EINVAL, 176 + 4);
    }
}

enum { NOTES_AT = 64 + 2 * 56 + 0 }; /* 176: a multiple of 16 */

static void lies_are_refused_where_they_stand(void **state)
{
    static const struct {
        size_t at;
        uint32_t value;
        int code;
        uint64_t offset;
    } lies[] = {
        { NOTES_AT, 0xffffffff, EINVAL, NOTES_AT },          /* name size */
        { NOTES_AT + 4, 0xffffffff, EINVAL, NOTES_AT + 4 },  /* note size */
        { NOTES_AT + 4, 0x7ffffffc, EINVAL, NOTES_AT + 4 },
        { 64 + 56 + 8, 0x7fffffff, ENODATA, 0 },             /* p_offset */
        { 64 + 56 + 32, 0x7fffffff, E2BIG, NOTES_AT },       /* p_filesz */
        { 32, 0x7fffffff, ENODATA, 0 },                      /* e_phoff */
        { 54, 0x00020020, EINVAL, 0 },                       /* e_phentsize */
        { 54, 0xffff0038, E2BIG, 0 },                        /* e_phnum */
        { 4, 0x00010107, ENOEXEC, 4 },                       /* class */
        { 4, 0x00010902, ENOEXEC, 5 },                       /* byte order */
    };
    const struct image_shape shape = { .place = IMAGE_SEGMENT };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(lies); i++) {
        CLEANUP_BUFFER struct buffer notes = { 0 }, image = { 0 };
        uint64_t offset = lies[i].offset;

        image_linux_notes(&notes, &shape);
        image_elf(&image, &shape, &notes);
        store_le32((uint8_t *)image.data + lies[i].at, lies[i].value);
        if (lies[i].code == ENODATA)
            offset = 0x7fffffff;
        expect_error(&image, lies[i].code, offset);
    }
}

static void too_large_notes_are_refused(void **state)
{
    const struct image_shape shape = { .place = IMAGE_SEGMENT };
    CLEANUP_BUFFER struct buffer notes = { 0 }, image = { 0 };
    char large[4097] = { 0 };

    (void)state;
    image_note(&notes, &shape, "Xen", 23, large, sizeof(large));
    image_elf(&image, &shape, &notes);
    expect_error(&image, E2BIG, NOTES_AT);
}

static void too_many_notes_are_refused(void **state)
{
    const struct image_shape shape = { .place = IMAGE_SEGMENT };
    CLEANUP_BUFFER struct buffer notes = { 0 }, image = { 0 };
    uint32_t i;

    (void)state;
    for (i = 0; i < 1025; i++)
        image_note(&notes, &shape, "Xen", 100 + i, "", 0);
    image_elf(&image, &shape, &notes);
    expect_error(&image, E2BIG, NOTES_AT + 1024 * 16);
}

static void foreign_notes_without_end_are_refused(void **state)
{
    const struct image_shape shape = { .place = IMAGE_SEGMENT };
    CLEANUP_BUFFER struct buffer notes = { 0 }, image = { 0 };
    static const char zeros[(1 << 20)];

    (void)state;
    buffer_append(&notes, zeros, sizeof(zeros));
    image_elf(&image, &shape, &notes);
    expect_error(&image, E2BIG, NOTES_AT + 65536 * 12);
}

static void truncated_anywhere_is_an_error_with_an_offset(void **state)
{
    static const enum image_place places[] = { IMAGE_SEGMENT, IMAGE_SECTION,
                                               IMAGE_GUEST };
    static const char text[] = "GUEST_OS=old";
    size_t i, n;

    (void)state;
    for (i = 0; i < COUNT(places); i++) {
        const struct image_shape shape = { .place = places[i],
                                           .code_before = 100 };
        CLEANUP_BUFFER struct buffer notes = { 0 }, image = { 0 };

        if (places[i] == IMAGE_GUEST)
            buffer_append(&notes, text, sizeof(text));
        else
            image_linux_notes(&notes, &shape);
        image_elf(&image, &shape, &notes);
        for (n = 0; n < image.length; n++) {
            CLEANUP_KEYLIST struct keylist list = { 0 };
            struct xr_error err = { .offset = XR_NO_OFFSET };
            int r = image_notes_from_memory(image.data, n, &list, NULL, &err);

            assert_true(!r || err.offset != XR_NO_OFFSET);
            if (places[i] != IMAGE_SEGMENT)
                assert_int_not_equal(r, 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_shape_says_the_same),
        cmocka_unit_test(the_legacy_section_is_read),
        cmocka_unit_test(foreign_segments_do_not_count),
        cmocka_unit_test(no_notes_is_told_apart_from_no_kernel),
        cmocka_unit_test(old_names_without_their_nul_count),
        cmocka_unit_test(alignment_8_may_be_a_lie),
        cmocka_unit_test(a_string_may_end_before_its_note_does),
        cmocka_unit_test(lies_are_refused_where_they_stand),
        cmocka_unit_test(too_large_notes_are_refused),
        cmocka_unit_test(too_many_notes_are_refused),
        cmocka_unit_test(foreign_notes_without_end_are_refused),
        cmocka_unit_test(truncated_anywhere_is_an_error_with_an_offset),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
