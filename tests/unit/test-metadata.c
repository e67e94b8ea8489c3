/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, a program that uses libxenresumable gets something else than
 * the header promises.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <xenresumable.h>

#include "image_builder.h"
#include "unit.h"

static struct xr_metadata *linux_metadata(void)
{
    const struct image_shape shape = { .place = IMAGE_SEGMENT };
    struct xr_metadata *metadata = NULL;
    struct buffer notes = { 0 }, image = { 0 };

    image_linux_notes(&notes, &shape);
    image_elf(&image, &shape, &notes);
    assert_int_equal(xr_metadata_from_memory(image.data, image.length,
                                             &metadata, NULL), 0);
    buffer_free(&notes);
    buffer_free(&image);
    return metadata;
}

static struct xr_metadata *parsed(const char *text)
{
    struct xr_metadata *metadata = NULL;

    assert_int_equal(xr_metadata_from_text(text, strlen(text), &metadata,
                                           NULL), 0);
    return metadata;
}

static void names_come_in_order(void **state)
{
    static const char *const names[] = {
        "ENTRY", "VIRT_BASE", "XEN_VERSION", "GUEST_OS", "GUEST_VERSION",
        "LOADER", "FEATURES", "L1_MFN_VALID", "SUSPEND_CANCEL",
        "PHYS32_ENTRY",
    };
    struct xr_metadata *metadata = linux_metadata();
    size_t i;

    (void)state;
    assert_int_equal(xr_metadata_count(metadata), COUNT(names));
    for (i = 0; i < COUNT(names); i++)
        assert_string_equal(xr_metadata_name(metadata, i), names[i]);
    assert_null(xr_metadata_name(metadata, i));
    xr_metadata_free(metadata);
}

static void values_are_typed(void **state)
{
    struct xr_metadata *metadata = linux_metadata();
    struct xr_pair pairs[1];
    uint64_t number = 0;
    size_t count = 0;

    (void)state;
    assert_int_equal(xr_metadata_kind("GUEST_OS"), XR_KIND_STRING);
    assert_int_equal(xr_metadata_kind("SUSPEND_CANCEL"), XR_KIND_NUMBER);
    assert_int_equal(xr_metadata_kind("L1_MFN_VALID"), XR_KIND_PAIRS);
    assert_int_equal(xr_metadata_kind("PHYS32_RELOC"), XR_KIND_NUMBERS);
    assert_int_equal(xr_metadata_kind("NOTE_23"), XR_KIND_BYTES);
    assert_string_equal(xr_metadata_value(metadata, "GUEST_OS"), "linux");
    assert_null(xr_metadata_value(metadata, "INFO"));
    assert_int_equal(xr_metadata_number(metadata, "SUSPEND_CANCEL", &number),
                     0);
    assert_int_equal(number, 1);
    assert_int_equal(xr_metadata_number(metadata, "INFO", &number), -ENOENT);
    assert_int_equal(xr_metadata_number(metadata, "GUEST_OS", &number),
                     -EINVAL);
    assert_int_equal(xr_metadata_pairs(metadata, "L1_MFN_VALID", pairs, 1,
                                       &count), 0);
    assert_int_equal(count, 1);
    assert_int_equal(pairs[0].mask, 1);
    assert_int_equal(xr_metadata_pairs(metadata, "GUEST_OS", pairs, 1,
                                       &count), -EINVAL);
    assert_int_equal(xr_metadata_pairs(metadata, "INFO", pairs, 1, &count),
                     -ENOENT);
    xr_metadata_free(metadata);
}

static void lists_tell_their_length_first(void **state)
{
    struct xr_metadata *metadata =
        parsed("PHYS32_RELOC=0x1|0x2|0x3,L1_MFN_VALID=0x1/0x1|0x2/0x2");
    uint64_t numbers[2] = { 0 };
    size_t count = 0;

    (void)state;
    assert_int_equal(xr_metadata_numbers(metadata, "PHYS32_RELOC", NULL, 0,
                                         &count), 0);
    assert_int_equal(count, 3);
    assert_int_equal(xr_metadata_numbers(metadata, "PHYS32_RELOC", numbers,
                                         2, &count), 0);
    assert_int_equal(numbers[1], 2);
    assert_int_equal(xr_metadata_pairs(metadata, "L1_MFN_VALID", NULL, 0,
                                       &count), 0);
    assert_int_equal(count, 2);
    xr_metadata_free(metadata);
}

static void text_and_back(void **state)
{
    struct xr_metadata *metadata = linux_metadata(), *again;
    char *text = xr_metadata_to_text(metadata), *text_again;

    (void)state;
    assert_non_null(text);
    again = parsed(text);
    text_again = xr_metadata_to_text(again);
    assert_string_equal(text, text_again);
    assert_non_null(xr_metadata_kernel(metadata));
    assert_null(xr_metadata_kernel(again));
    free(text);
    free(text_again);
    xr_metadata_free(metadata);
    xr_metadata_free(again);
}

static void the_pte_question(void **state)
{
    static const struct {
        const char *list;
        uint64_t pte;
        int answer;
    } cases[] = {
        { "L1_MFN_VALID=0x1/0x1", 0x1000 | 1, 1 },
        { "L1_MFN_VALID=0x1/0x1", 0x1000, 0 },
        { "L1_MFN_VALID=0x1/0x1|0x402/0x400", 0x1400, 1 },
        { "L1_MFN_VALID=0x1/0x1|0x402/0x400", 0x1402, 0 },
        { "L1_MFN_VALID=0x0/0x0", 0, 1 },
        { "L1_MFN_VALID=0x8000000000000000/0x8000000000000000",
          (uint64_t)1 << 63, 1 },
        { "GUEST_OS=linux", 1, -ENOENT },
        { "L1_MFN_VALID=yes", 1, -EINVAL },
        { "L1_MFN_VALID=", 1, -EINVAL },
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(cases); i++) {
        struct xr_metadata *metadata = parsed(cases[i].list);

        assert_int_equal(xr_pte_holds_mfn(metadata, cases[i].pte),
                         cases[i].answer);
        xr_metadata_free(metadata);
    }
}

static void no_notes_is_a_success(void **state)
{
    const struct image_shape shape = { .place = IMAGE_NO_NOTES };
    struct buffer image = { 0 };
    struct xr_metadata *metadata = NULL;

    (void)state;
    image_elf(&image, &shape, NULL);
    assert_int_equal(xr_metadata_from_memory(image.data, image.length,
                                             &metadata, NULL), 0);
    assert_int_equal(xr_metadata_count(metadata), 0);
    assert_string_equal(xr_metadata_kernel(metadata)->container, "elf");
    assert_int_equal(xr_metadata_kernel(metadata)->bits, 64);
    buffer_free(&image);
    xr_metadata_free(metadata);
}

static void failures_leave_the_output_alone(void **state)
{
    struct xr_metadata *const untouched = (struct xr_metadata *)&state;
    struct xr_metadata *metadata = untouched;
    struct xr_error err;

    (void)state;
    assert_int_equal(xr_metadata_from_path("/nonexistent", &metadata, &err),
                     -ENOENT);
    assert_int_equal(err.code, ENOENT);
    assert_true(err.offset == XR_NO_OFFSET);
    assert_int_equal(xr_metadata_from_memory("x", 1, &metadata, &err),
                     -ENOEXEC);
    assert_int_equal(err.offset, 0);
    assert_int_equal(xr_metadata_from_fd(-1, &metadata, &err), -EBADF);
    assert_int_equal(xr_metadata_from_text("A", 1, &metadata, NULL),
                     -EINVAL);
    assert_ptr_equal(metadata, untouched);
    xr_metadata_free(NULL);
}

/* What a writer puts into the stream is what a reader gets out of it. */
static void record_and_back(void **state)
{
    struct xr_metadata *metadata, *again;
    const char text[] = "image.SUSPEND_CANCEL=0x1,user.why=a\\,b";
    char *printed;
    void *record;
    size_t size;

    (void)state;
    assert_int_equal(xr_metadata_from_text(text, sizeof(text) - 1, &metadata,
                                           NULL), 0);
    assert_int_equal(xr_metadata_to_record(metadata, &record, &size, NULL),
                     0);
    assert_int_equal(size % 8, 0);
    /* The body: behind 8 bytes of header, 20 bytes more than the list. */
    assert_int_equal(xr_metadata_from_record((char *)record + 8,
                                             sizeof(text) - 1 + 20, &again,
                                             NULL), 0);
    printed = xr_metadata_to_text(again);
    assert_string_equal(printed, text);
    free(printed);
    xr_metadata_free(again);
    ((char *)record)[30] ^= 1;
    assert_int_equal(xr_metadata_from_record((char *)record + 8,
                                             sizeof(text) - 1 + 20, &again,
                                             NULL), -EBADMSG);
    free(record);
    xr_metadata_free(metadata);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_come_in_order),
        cmocka_unit_test(values_are_typed),
        cmocka_unit_test(lists_tell_their_length_first),
        cmocka_unit_test(text_and_back),
        cmocka_unit_test(the_pte_question),
        cmocka_unit_test(no_notes_is_a_success),
        cmocka_unit_test(failures_leave_the_output_alone),
        cmocka_unit_test(record_and_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
