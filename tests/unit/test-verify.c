/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * verify takes every sound image for sound, from a file and from a pipe, and
 * finds whatever is cut off, flipped, swapped or lied about.  If this fails,
 * people trust images that do not restore.
 */
#include "config.h"

#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "damage.h"
#include "format/record.h"
#include "stream_builder.h"
#include "util/cleanup.h"
#include "util/io.h"

/* The n-th read fails; 0: none. */
static unsigned int fail_read, reads;

ssize_t __real_pread(int fd, void *out, size_t n, off_t offset);
ssize_t __wrap_pread(int fd, void *out, size_t n, off_t offset);

ssize_t __wrap_pread(int fd, void *out, size_t n, off_t offset)
{
    if (++reads == fail_read) {
        errno = EIO;
        return -1;
    }
    return __real_pread(fd, out, n, offset);
}

/* A child writes; it dies with the pipe. */
static int in_pipe(const struct buffer *b, pid_t *child)
{
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    *child = fork();
    if (!*child) {
        close(ends[0]);
        (void)write_full(ends[1], b->data, b->length, NULL);
        _exit(0);
    }
    close(ends[1]);
    return ends[0];
}

static const struct verify_options everything = { .structure = false };

static bool is_sound_in_pipe(const struct buffer *b)
{
    CLEANUP_VERIFY struct verify_result result = { .ok = false };
    pid_t child;
    int fd = in_pipe(b, &child);
    int r = verify_image(fd, &everything, &result, NULL);

    close(fd);
    waitpid(child, NULL, 0);
    return !r && result.ok;
}

static const struct image_plan plans[] = {
    { .container = 'x' },
    { .container = 'x', .metadata = true, .vcpus = 4 },
    { .container = 'x', .hvm = true, .metadata = true, .vcpus = 3 },
    { .container = 'x', .hvm = true, .live = true },
    { .container = 'x', .live = true, .metadata = true },
    { .container = 'v', .metadata = true },
    { .container = 'l', .hvm = true },
    { .container = 'v', .hvm = true, .emulator = true },
    { .container = 'c' },
    { .container = 'c', .version2 = true },
    { .container = 'x', .version2 = true, .hvm = true },
    { .container = 'x', .pages = 1 },
};

static void finds_sound_images_sound(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(plans); i++) {
        CLEANUP_VERIFY struct verify_result result = { .ok = false };
        CLEANUP_BUFFER struct buffer b = { 0 };

        build_image(&b, &plans[i]);
        assert_int_equal(image_verify(&b, &result, NULL), 0);
        if (result.problems.count)
            fail_msg("plan %zu: %s", i, result.problems.items[0].what);
        assert_true(result.ok && result.complete);
        assert_int_equal(result.bytes, b.length);
        assert_int_equal(result.vcpus, plans[i].vcpus ? plans[i].vcpus : 1);
        assert_true(result.metadata == plans[i].metadata);
        assert_true(is_sound_in_pipe(&b));
        image_seal(&b);
        assert_true(image_is_sound(&b));
        assert_true(is_sound_in_pipe(&b));
    }
}

static void finds_it_cut_off(void **state)
{
    CLEANUP_BUFFER struct buffer b = { 0 };
    struct image_plan plan = { .container = 'x', .metadata = true,
                               .pages = 3 };
    size_t whole;

    (void)state;
    build_image(&b, &plan);
    whole = b.length;
    for (b.length = 0; b.length < whole; b.length++)
        assert_false(image_is_sound(&b));
    for (b.length = 0; b.length < whole; b.length += 257)
        assert_false(is_sound_in_pipe(&b));
}

/* A cut is told from other damage, and says how far the image came. */
static void says_how_far_it_came(void **state)
{
    CLEANUP_VERIFY struct verify_result result = { .ok = false };
    CLEANUP_BUFFER struct buffer b = { 0 };
    struct image_plan plan = { .container = 'x' };

    (void)state;
    build_image(&b, &plan);
    b.length = 2000 * 4096;
    assert_int_equal(image_verify(&b, &result, NULL), 0);
    assert_false(result.complete);
    assert_int_equal(result.problems.count, 1);
    assert_int_equal(result.problems.items[0].offset, b.length);
    assert_string_equal(result.problems.items[0].what,
                        "the image is cut off");
    assert_int_equal(result.pages_expected, 3000);
    assert_int_equal(result.pages_covered, 2048);
}

/* Every bit, and whole bytes, of every record's type and length. */
static void finds_flipped_headers(void **state)
{
    size_t i, j;
    int flip;

    (void)state;
    for (i = 0; i < COUNT(plans); i++) {
        CLEANUP_BUFFER struct buffer b = { 0 };
        struct image_plan plan = plans[i];
        struct place places[PLACES_MAX];
        size_t count, k;

        plan.pages = plan.pages ? plan.pages : 8;
        plan.batch = 3;
        build_image(&b, &plan);
        count = image_find_records(&b, places);
        for (k = 0; k < count; k++) {
            for (j = places[k].offset; j < places[k].offset + 8; j++) {
                for (flip = 1; flip < 256; flip += flip < 128 ? flip : 127) {
                    b.data[j] ^= (char)flip;
                    if (image_is_sound(&b))
                        fail_msg("plan %zu, record %zu of type %u, byte %zu, "
                                 "flip 0x%x", i, k, places[k].type,
                                 j - (size_t)places[k].offset, flip);
                    b.data[j] ^= (char)flip;
                }
            }
        }
    }
}

/* Within a layer; across them nothing could be read at all. */
static void finds_swapped_records(void **state)
{
    static const struct image_plan swapped[] = {
        { .container = 'x', .metadata = true, .vcpus = 3, .pages = 8,
          .batch = 3 },
        { .container = 'l', .metadata = true, .hvm = true, .pages = 8,
          .batch = 3 },
    };
    size_t i, j, k;

    (void)state;
    for (i = 0; i < COUNT(swapped); i++) {
        CLEANUP_BUFFER struct buffer b = { 0 };
        struct place places[PLACES_MAX];
        size_t count;

        build_image(&b, &swapped[i]);
        count = image_find_records(&b, places);
        for (j = 0; j < count; j++) {
            for (k = j + 1; k < count; k++) {
                CLEANUP_BUFFER struct buffer other = { 0 };

                if (places[j].layer != places[k].layer)
                    continue;
                image_swap(&other, &b, &places[j], &places[k]);
                if (image_is_sound(&other))
                    fail_msg("records %zu and %zu of plan %zu", j, k, i);
            }
        }
    }
}

/* Where there is nothing in it. */
static bool may_be_left_out(const struct place *place)
{
    return place->layer == STREAM_LIBXC
           && (place->type == LIBXC_REC_X86_CPUID_POLICY
               || place->type == LIBXC_REC_X86_MSR_POLICY
               || place->type == LIBXC_REC_X86_PV_VCPU_EXTENDED
               || place->type == LIBXC_REC_X86_PV_VCPU_XSAVE);
}

static void finds_a_missing_record(void **state)
{
    struct image_plan plan = { .container = 'x', .pages = 8, .batch = 3 };
    struct place places[PLACES_MAX];
    size_t count, i;
    int hvm;

    (void)state;
    for (hvm = 0; hvm < 2; hvm++) {
        CLEANUP_BUFFER struct buffer b = { 0 };

        plan.hvm = hvm;
        build_image(&b, &plan);
        count = image_find_records(&b, places);
        for (i = 0; i < count; i++) {
            CLEANUP_BUFFER struct buffer other = { 0 };
            size_t end = (size_t)places[i].offset + places[i].size;

            if (may_be_left_out(&places[i]))
                continue;
            build_bytes(&other, b.data, (size_t)places[i].offset);
            build_bytes(&other, b.data + end, b.length - end);
            if (image_is_sound(&other))
                fail_msg("record %zu, of type %u", i, places[i].type);
        }
    }
}

static void finds_any_flipped_byte_by_the_seal(void **state)
{
    CLEANUP_BUFFER struct buffer b = { 0 };
    struct image_plan plan = { .container = 'x', .pages = 2,
                               .metadata = true };
    size_t i;

    (void)state;
    build_image(&b, &plan);
    image_seal(&b);
    for (i = 0; i < b.length; i++) {
        b.data[i] ^= 0x10;
        assert_false(image_is_sound(&b));
        b.data[i] ^= 0x10;
    }
    assert_true(image_is_sound(&b));
}

static void finds_what_follows_the_end(void **state)
{
    CLEANUP_BUFFER struct buffer b = { 0 };
    struct image_plan plan = { .container = 'x', .pages = 2 };

    (void)state;
    build_image(&b, &plan);
    build_bytes(&b, "x", 1);
    assert_false(image_is_sound(&b));
    assert_false(is_sound_in_pipe(&b));
    b.length--;
    image_seal(&b);
    build_bytes(&b, "x", 1);
    assert_false(image_is_sound(&b));
    assert_false(is_sound_in_pipe(&b));
}

static void finds_set_padding(void **state)
{
    CLEANUP_BUFFER struct buffer b = { 0 };
    struct image_plan plan = { .container = 'x', .pages = 2,
                               .metadata = true };
    struct place places[PLACES_MAX];
    size_t count, i;

    (void)state;
    build_image(&b, &plan);
    count = image_find_records(&b, places);
    for (i = 0; i < count; i++)
        if (places[i].type == RECORD_TYPE)
            b.data[places[i].offset + places[i].size - 1] = 1;
    assert_false(image_is_sound(&b));
}

/* Its record, or the one behind the pages, has that problem, or none. */
static void expect_record_problem(const struct buffer *b, const char *what)
{
    CLEANUP_VERIFY struct verify_result result = { .ok = false };

    assert_int_equal(image_verify(b, &result, NULL), 0);
    assert_true(result.ok == !what);
    if (what)
        assert_string_equal(result.problems.items[0].what, what);
}

static void blames_a_record_in_the_wrong_place(void **state)
{
    struct image_plan plan = { .container = 'c', .pages = 2,
                               .metadata = true };
    CLEANUP_BUFFER struct buffer b = { 0 }, late = { 0 }, two = { 0 };
    struct place places[PLACES_MAX];
    const struct place *record = places;

    (void)state;
    build_image(&b, &plan);
    image_find_records(&b, places);
    while (record->type != RECORD_TYPE)
        record++;
    build_bytes(&two, b.data, record->offset + record->size);
    build_bytes(&two, b.data + record->offset, b.length - record->offset);
    expect_record_problem(&two, "METADATA: a second metadata record");
    image_swap(&late, &b, record, record + 1);
    expect_record_problem(&late,
                          "METADATA: a metadata record behind the first page");
}

/* Without its magic it is damage on a Xen that has no such record. */
static void leaves_a_record_of_a_later_xen_alone(void **state)
{
    enum { MINOR_AT = 36, LATER = 99 };
    struct image_plan plan = { .container = 'c', .pages = 2,
                               .metadata = true };
    CLEANUP_BUFFER struct buffer b = { 0 };
    struct place places[PLACES_MAX];
    size_t count, i;

    (void)state;
    build_image(&b, &plan);
    count = image_find_records(&b, places);
    for (i = 0; i < count; i++)
        if (places[i].type == RECORD_TYPE)
            b.data[places[i].offset + 8] ^= 1;
    expect_record_problem(&b, "no metadata record");
    b.data[MINOR_AT] = LATER;
    expect_record_problem(&b, NULL);
}

/* More vCPUs than the configuration has; a configuration that is none. */
static void compares_with_the_configuration(void **state)
{
    struct image_plan plan = { .container = 'x', .vcpus = 5, .pages = 2 };
    static const char *const bad[] = { "{", "", "{}}", "[[[[" };
    CLEANUP_BUFFER struct buffer b = { 0 };
    size_t i;

    (void)state;
    build_image(&b, &plan);
    assert_false(image_is_sound(&b));
    for (i = 0; i < COUNT(bad); i++) {
        CLEANUP_BUFFER struct buffer other = { 0 };

        plan.vcpus = 1;
        plan.config = bad[i];
        build_image(&other, &plan);
        assert_false(image_is_sound(&other));
    }
}

/* A file full of problems costs a bounded list of them. */
static void keeps_a_bounded_list(void **state)
{
    CLEANUP_VERIFY struct verify_result result = { .ok = false };
    CLEANUP_BUFFER struct buffer b = { 0 };
    unsigned int i;

    (void)state;
    build_libxc(&b, 3, LIBXC_DOMAIN_X86_PV);
    for (i = 0; i < 100000; i++)
        build_record(&b, LIBXC_REC_HVM_PARAMS, NULL, 0);
    assert_int_equal(image_verify(&b, &result, NULL), 0);
    assert_int_equal(result.problems.count, PROBLEMS_MAX);
    assert_true(result.problems.found >= 200000);
    assert_int_equal(result.records, 100000);
}

static void passes_on_a_failed_read(void **state)
{
    CLEANUP_BUFFER struct buffer b = { 0 };
    struct image_plan plan = { .container = 'x' };
    unsigned int all;

    (void)state;
    build_image(&b, &plan);
    image_seal(&b);
    reads = 0;
    assert_true(image_is_sound(&b));
    all = reads;
    for (fail_read = 1; fail_read <= all; fail_read++) {
        CLEANUP_VERIFY struct verify_result result = { .ok = false };
        struct xr_error err;

        reads = 0;
        assert_int_equal(image_verify(&b, &result, &err), -EIO);
        assert_false(result.ok);
    }
    fail_read = 0;
}

static void refuses_what_is_no_image(void **state)
{
    CLEANUP_VERIFY struct verify_result result = { .ok = false };
    CLEANUP_BUFFER struct buffer b = { 0 };

    (void)state;
    build_bytes(&b, "#!/bin/sh\nexec something else\n", 30);
    assert_int_equal(image_verify(&b, &result, NULL), -ENOEXEC);
}

/* Neither sound nor not sound, but what is wrong all the same comes first. */
static void cannot_judge_what_it_does_not_know(void **state)
{
    static const struct {
        char container;
        size_t at;
        uint8_t byte;
        int code;
        uint64_t offset;
        const char *says;
    } rows[] = {
        { 'v', 16, 9, ENOTSUP, 16, "version 9" },
        { 'l', 11, 3, ENOTSUP, 8, "version 3" },
        { 'l', 15, 1, ENOTSUP, 12, "big-endian" },
        { 'c', 15, 4, ENOTSUP, 12, "version 4" },
        { 'c', 17, 1, ENOTSUP, 16, "big-endian" },
        { 'c', 24, 3, ENOTSUP, 24, "type 3" },
        { 'x', 36, 1, ENOTSUP, 0, "Xen 4.5" },
        { 'x', 36, 11, ENOTSUP, 36, "flags, 0xb" },
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        CLEANUP_VERIFY struct verify_result result = { .ok = true };
        const struct image_plan plan = { .container = rows[i].container,
                                         .pages = 2 };
        CLEANUP_BUFFER struct buffer b = { 0 };
        struct xr_error err = { .code = 0 };

        build_image(&b, &plan);
        b.data[rows[i].at] = (char)rows[i].byte;
        assert_int_equal(image_verify(&b, &result, &err), -rows[i].code);
        assert_int_equal(err.reason, XR_REASON_CANNOT_JUDGE);
        assert_non_null(strstr(err.message, "cannot be judged: "));
        assert_non_null(strstr(err.message, rows[i].says));
        if (rows[i].offset)
            assert_int_equal(err.offset, rows[i].offset);
        assert_false(result.ok);
        assert_int_equal(result.problems.found, 0);
    }
}

static void judges_what_is_wrong_all_the_same(void **state)
{
    CLEANUP_VERIFY struct verify_result result = { .ok = false };
    CLEANUP_BUFFER struct buffer b = { 0 }, deep = { 0 };
    struct image_plan plan = { .container = 'x', .pages = 2 };
    struct xr_error err;
    int i;

    (void)state;
    for (i = 0; i < 100; i++)
        buffer_puts(&deep, "[");
    for (i = 0; i < 100; i++)
        buffer_puts(&deep, "]");
    plan.config = deep.data;
    build_image(&b, &plan);
    assert_int_equal(image_verify(&b, &result, &err), -E2BIG);
    verify_result_free(&result);
    b.length--;
    assert_int_equal(image_verify(&b, &result, &err), 0);
    assert_false(result.ok);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_sound_images_sound),
        cmocka_unit_test(finds_it_cut_off),
        cmocka_unit_test(says_how_far_it_came),
        cmocka_unit_test(finds_flipped_headers),
        cmocka_unit_test(finds_swapped_records),
        cmocka_unit_test(finds_a_missing_record),
        cmocka_unit_test(finds_any_flipped_byte_by_the_seal),
        cmocka_unit_test(finds_what_follows_the_end),
        cmocka_unit_test(finds_set_padding),
        cmocka_unit_test(blames_a_record_in_the_wrong_place),
        cmocka_unit_test(leaves_a_record_of_a_later_xen_alone),
        cmocka_unit_test(compares_with_the_configuration),
        cmocka_unit_test(keeps_a_bounded_list),
        cmocka_unit_test(passes_on_a_failed_read),
        cmocka_unit_test(refuses_what_is_no_image),
        cmocka_unit_test(cannot_judge_what_it_does_not_know),
        cmocka_unit_test(judges_what_is_wrong_all_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
