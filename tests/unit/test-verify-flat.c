/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * verify of flat images: the seal's table is that of the image, and each page or gap
 * that is damaged has its name.  If this fails, a checkpoint that is damaged passes
 * for sound, or one that is sound does not.
 */
#include "config.h"

#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "damage.h"
#include "flat_seal.h"
#include "format/padding.h"
#include "format/pages.h"
#include "lib/seal_image.h"
#include "util/bytes.h"
#include "util/cleanup.h"
#include "util/io.h"

static const struct image_plan plans[] = {
    { .container = 'x', .flat = true },
    { .container = 'x', .flat = true, .live = true, .metadata = true,
      .batch = 7, .pages = 100 },
    { .container = 'x', .flat = true, .hvm = true, .emulator = true,
      .vcpus = 3, .live = true, .pages = 2000 },
    { .container = 'v', .flat = true, .metadata = true, .pages = 50 },
    { .container = 'v', .flat = true, .hvm = true, .pages = 9 },
    { .container = 'l', .flat = true, .hvm = true, .pages = 1025 },
    { .container = 'c', .flat = true, .version2 = true, .pages = 5 },
};
/* Page n is in the record n / 4, and stands there in the place n % 4. */
static const struct image_plan small = {
    .container = 'x', .flat = true, .metadata = true, .pages = 14, .batch = 4,
};

static int verify(const struct buffer *b, bool structure, bool piped,
                  struct verify_result *result, struct xr_error *err)
{
    const struct verify_options options = { .structure = structure };
    CLEANUP_CLOSE int fd = -1;
    pid_t child;
    int ends[2], r;

    if (!piped) {
        fd = image_in_file(b);
        return verify_image(fd, &options, result, err);
    }
    assert_int_equal(pipe(ends), 0);
    child = fork();
    if (!child) {
        close(ends[0]);
        (void)write_full(ends[1], b->data, b->length, NULL);
        _exit(0);
    }
    close(ends[1]);
    fd = ends[0];
    r = verify_image(fd, &options, result, err);
    cleanup_close(&fd);
    fd = -1;
    waitpid(child, NULL, 0);
    return r;
}

static void finds_sound_images_sound(void **state)
{
    size_t i, whole;
    int piped, structure;

    (void)state;
    for (i = 0; i < COUNT(plans); i++) {
        CLEANUP_BUFFER struct buffer b = { 0 };

        build_image(&b, &plans[i]);
        whole = b.length;
        flat_seal(&b);
        for (structure = 0; structure < 2; structure++) {
            CLEANUP_VERIFY struct verify_result result = { .ok = false };

            assert_int_equal(verify(&b, structure, false, &result, NULL), 0);
            if (result.problems.count)
                fail_msg("plan %zu: %s", i, result.problems.items[0].what);
            assert_true(result.ok && result.complete);
            assert_int_equal(result.bytes, whole);
            assert_int_equal(result.seal, structure ? SEAL_NOT_CHECKED
                                                    : SEAL_MATCH);
        }
        b.length = whole;
        for (piped = 0; piped < 2; piped++) {
            CLEANUP_VERIFY struct verify_result result = { .ok = false };

            assert_int_equal(verify(&b, false, piped, &result, NULL), 0);
            assert_true(result.ok);
            assert_int_equal(result.seal, SEAL_ABSENT);
        }
    }
}

/* The secret of the pages stands behind them. */
static void cannot_judge_the_seal_in_a_pipe(void **state)
{
    CLEANUP_VERIFY struct verify_result result = { .ok = false };
    CLEANUP_VERIFY struct verify_result records = { .ok = false };
    CLEANUP_VERIFY struct verify_result damaged = { .ok = false };
    CLEANUP_BUFFER struct buffer b = { 0 };
    struct xr_error err;

    (void)state;
    image_build(&b, &plans[1]);
    assert_int_equal(verify(&b, false, true, &result, &err), -ENOTSUP);
    assert_int_equal(err.reason, XR_REASON_CANNOT_JUDGE);
    assert_non_null(strstr(err.message, "in a file only, not in a pipe"));
    assert_int_equal(result.seal, SEAL_NOT_CHECKED);
    assert_int_equal(verify(&b, true, true, &records, &err), 0);
    assert_true(records.ok);
    /* What is wrong all the same is the answer. */
    b.data[records.bytes - 1] ^= 1;
    assert_int_equal(verify(&b, false, true, &damaged, &err), 0);
    assert_false(damaged.ok);
}

/* The first problem is that, at that place, and there is no other. */
static void expect_problem(const struct buffer *b, uint64_t offset,
                           const char *what)
{
    CLEANUP_VERIFY struct verify_result result = { .ok = false };

    assert_int_equal(verify(b, false, false, &result, NULL), 0);
    assert_false(result.ok);
    assert_int_equal(result.seal, SEAL_MISMATCH);
    assert_int_equal(result.problems.found, 1);
    assert_string_equal(result.problems.items[0].what, what);
    assert_int_equal(result.problems.items[0].offset, offset);
}

/* Pages are filled with what their number is. */
static uint64_t offset_of_page(const struct buffer *b, int number)
{
    uint64_t at;

    for (at = 0; at < b->length; at += PAGE_SIZE_BYTES)
        if (b->data[at] == number && b->data[at + 4095] == number
            && b->data[at + 2000] == number)
            return at;
    fail_msg("no page %d", number);
    return 0;
}

static void names_each_damaged_page(void **state)
{
    struct image_plan plan = small;
    char what[80];
    int live, i;

    (void)state;
    for (live = 0; live < 2; live++) {
        CLEANUP_BUFFER struct buffer b = { 0 };

        plan.live = live;
        image_build(&b, &plan);
        for (i = 1; i < 14; i++) {
            uint64_t at = offset_of_page(&b, i);

            b.data[at + 1234] ^= 4;
            snprintf(what, sizeof(what), "page 0x%x is not what was sealed",
                     i);
            expect_problem(&b, at, what);
            b.data[at + 1234] ^= 4;
        }
    }
}

/* Of an entry without data there is no page: the others are named rightly. */
static void counts_the_entries_with_data_only(void **state)
{
    struct image_plan plan = { .container = 'c', .flat = true,
                               .pages = 3 };
    CLEANUP_BUFFER struct buffer b = { 0 }, other = { 0 };
    struct place places[PLACES_MAX];
    size_t i = 0, count, list;

    (void)state;
    build_image(&b, &plan);
    count = image_find_records(&b, places);
    while (i < count && places[i].type != LIBXC_REC_PAGE_DATA)
        i++;
    /* The first record of pages once more, page 1 without its data. */
    build_bytes(&other, b.data, (size_t)places[i - 1].offset);
    build_padding(&other, 40, PAGE_SIZE_BYTES);
    list = other.length + 16;
    build_page_list(&other, 0, 3);
    store_le32((uint8_t *)other.data + list - 12, 8 + 24 + 2 * 4096);
    other.data[list + 15] = (char)0xf0;
    assert_int_equal(other.length % 4096, 0);
    build_bytes(&other, b.data + places[i].offset + 40, 4096);
    build_bytes(&other, b.data + places[i].offset + 40 + 2 * 4096,
                b.length - (size_t)places[i].offset - 40 - 2 * 4096);
    flat_seal(&other);
    assert_true(image_is_sound(&other));
    list += 24;
    other.data[list + 4096 + 17] ^= 1;
    expect_problem(&other, list + 4096, "page 0x2 is not what was sealed");
}

static void names_a_damaged_gap(void **state)
{
    CLEANUP_BUFFER struct buffer b = { 0 };
    char what[120];
    uint64_t begin, end;

    (void)state;
    image_build(&b, &small);
    begin = offset_of_page(&b, 3) + 4096;
    end = offset_of_page(&b, 4);
    snprintf(what, sizeof(what), "some of the bytes %d to %d, which are no "
             "page's, are not what was sealed", (int)begin, (int)end - 1);
    /* In the header of the record of pages, a size that is reserved. */
    b.data[end - 4 * 8 - 1] ^= 1;
    {
        CLEANUP_VERIFY struct verify_result result = { .ok = false };

        assert_int_equal(verify(&b, false, false, &result, NULL), 0);
        assert_int_equal(result.problems.found, 2);
        assert_string_equal(result.problems.items[1].what, what);
    }
    b.data[end - 4 * 8 - 1] ^= 1;
    /* A page's number: only the seal knows. */
    b.data[end - 8] ^= 1;
    expect_problem(&b, begin, what);
}

static void counts_more_than_it_keeps(void **state)
{
    CLEANUP_VERIFY struct verify_result result = { .ok = false };
    CLEANUP_BUFFER struct buffer b = { 0 };
    struct image_plan plan = { .container = 'x', .flat = true,
                               .pages = 3000 };
    uint64_t at, i;

    (void)state;
    image_build(&b, &plan);
    at = offset_of_page(&b, 1);
    for (i = 0; i < 1000; i++)
        b.data[at + i * 4096] ^= 1;
    assert_int_equal(image_verify(&b, &result, NULL), 0);
    assert_int_equal(result.problems.count, PROBLEMS_MAX);
    assert_int_equal(result.problems.found, 1000);
    assert_string_equal(result.problems.items[99].what,
                        "page 0x64 is not what was sealed");
}

static void finds_the_table_of_another_image(void **state)
{
    struct image_plan plan = small;
    uint64_t length;
    int i;

    (void)state;
    for (i = 0; i < 5; i++) {
        CLEANUP_DIGEST_TABLE struct digest_table t = { .length = 0 };
        CLEANUP_VERIFY struct verify_result result = { .ok = false };
        CLEANUP_BUFFER struct buffer b = { 0 };
        CLEANUP_CLOSE int fd = -1;
        const struct verify_options options = { .structure = i & 1 };
        int k;

        build_image(&b, &plan);
        length = b.length;
        fd = image_in_file(&b);
        t.length = length;
        for (k = 0; k < 4; k++) {
            uint64_t at = offset_of_page(&b, k * 4 + 1) - 4096;
            uint64_t pages = k < 3 ? 4 : 2;

            if (i == 0 && k == 1)
                at += 4096, pages--;    /* a page in a gap */
            if (i == 1 && k == 1)
                continue;               /* a record in a gap */
            if (i == 2 && k == 3)
                continue;
            if (i == 3 && k == 3)
                pages++;                /* more than pages in an extent */
            digest_table_add(&t, at, pages, NULL);
        }
        if (i == 4)
            digest_table_add(&t, t.extents[3].offset + 3 * 4096, 1, NULL);
        flat_seal_by(fd, &t);
        assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
        assert_int_equal(verify_image(fd, &options, &result, NULL), 0);
        assert_false(result.ok);
        assert_int_equal(result.seal, SEAL_MISMATCH);
        assert_int_equal(result.problems.found, 1);
        assert_non_null(strstr(result.problems.items[0].what, "extent "));
        assert_int_equal(result.problems.items[0].offset, length + 48 + 192
                         + 16 * (i < 2 ? 1 : i < 4 ? 3 : 4));
    }
}

/* The table is all that is there, or more. */
static void finds_a_cut_or_longer_table(void **state)
{
    CLEANUP_BUFFER struct buffer b = { 0 };
    size_t whole, end;

    (void)state;
    image_build(&b, &small);
    whole = b.length;
    end = (size_t)offset_of_page(&b, 13);
    for (b.length = whole - 1; b.length > end; b.length--) {
        CLEANUP_VERIFY struct verify_result result = { .ok = false };
        bool unsealed;

        assert_int_equal(image_verify(&b, &result, NULL), 0);
        unsealed = result.complete && result.seal == SEAL_ABSENT
                   && result.bytes == b.length;
        assert_true(!result.ok || unsealed);
        if (!result.ok)
            assert_true(result.problems.items[0].offset <= b.length);
    }
    b.length = whole;
    build_bytes(&b, "", 1);
    expect_problem(&b, whole, "something stands behind the seal's table");
}

static void finds_padding_that_is_not_zero(void **state)
{
    static const struct verify_options structure = { .structure = true };
    struct place places[PLACES_MAX];
    CLEANUP_BUFFER struct buffer b = { 0 };
    size_t count, i;

    (void)state;
    build_image(&b, &small);
    count = image_find_records(&b, places);
    for (i = 0; i < count; i++) {
        CLEANUP_VERIFY struct verify_result all = { .ok = false };
        CLEANUP_VERIFY struct verify_result records = { .ok = false };
        uint64_t at = places[i].offset + places[i].size - 1;
        CLEANUP_CLOSE int fd = -1;

        if (places[i].type != PADDING_TYPE)
            continue;
        b.data[at] = 1;
        fd = image_in_file(&b);
        assert_int_equal(image_verify(&b, &all, NULL), 0);
        assert_int_equal(all.problems.found, 1);
        assert_int_equal(all.problems.items[0].offset, at);
        assert_string_equal(all.problems.items[0].what, "a padding record that "
                            "is not all zeros");
        assert_int_equal(verify_image(fd, &structure, &records, NULL), 0);
        assert_true(records.ok);
        b.data[at] = 0;
    }
    assert_true(image_is_sound(&b));
}

/* Any order of pages is right in a flat image, and in none else. */
static void takes_any_order_behind_a_padding(void **state)
{
    CLEANUP_BUFFER struct buffer b = { 0 }, swapped = { 0 };
    struct image_plan plan = small;
    struct place places[PLACES_MAX], *first = NULL, *second = NULL;
    size_t count, i;
    int flat;

    (void)state;
    plan.pages = 8;
    for (flat = 0; flat < 2; flat++) {
        plan.flat = flat;
        b.length = swapped.length = 0;
        build_image(&b, &plan);
        count = image_find_records(&b, places);
        for (i = 0; i < count; i++) {
            if (places[i].type != LIBXC_REC_PAGE_DATA
                || places[i].layer != STREAM_LIBXC || places[i].size < 9000)
                continue;
            first = second ? first : &places[i];
            second = &places[i];
            if (first != second)
                break;
        }
        assert_true(first && second && first != second);
        image_swap(&swapped, &b, first, second);
        assert_true(image_is_sound(&swapped) == flat);
        first = second = NULL;
    }
}

static void a_sealed_one_is_not_sealed_again(void **state)
{
    static const struct verify_options everything = { .structure = false };
    CLEANUP_VERIFY struct verify_result result = { .ok = false };
    CLEANUP_VERIFY struct verify_result unsound = { .ok = false };
    CLEANUP_BUFFER struct buffer b = { 0 };
    CLEANUP_CLOSE int fd = -1;
    struct stat st;
    bool was_sealed = false;
    struct seal seal;

    (void)state;
    image_build(&b, &small);
    fd = image_in_file(&b);
    assert_int_equal(seal_image(fd, &everything, &result, &seal, &was_sealed,
                                NULL), 0);
    assert_true(was_sealed);
    assert_int_equal(seal.version, SEAL_OF_PAGES);
    assert_int_equal(seal.length, result.bytes);
    assert_memory_equal(seal.digest, b.data + result.bytes + 24,
                        SEAL_DIGEST_SIZE);
    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(st.st_size, b.length);
    assert_int_equal(pwrite(fd, "x", 1, (off_t)offset_of_page(&b, 5)), 1);
    assert_int_equal(seal_image(fd, &everything, &unsound, &seal, &was_sealed,
                                NULL), -EBADMSG);
}

/* A TiB of holes, of which the table says that they are pages. */
static void takes_a_huge_table_of_holes(void **state)
{
    CLEANUP_VERIFY struct verify_result result = { .ok = false };
    CLEANUP_BUFFER struct buffer b = { 0 };
    struct seal seal = { .version = SEAL_OF_PAGES, .extents = UINT32_MAX };
    uint8_t bytes[SEAL_SIZE];
    CLEANUP_CLOSE int fd = -1;
    static const struct verify_options everything = { .structure = false };

    (void)state;
    build_image(&b, &small);
    seal.length = b.length;
    seal_encode(&seal, bytes);
    build_bytes(&b, bytes, sizeof(bytes));
    fd = image_in_file(&b);
    assert_int_equal(ftruncate(fd, (off_t)1 << 40), 0);
    assert_int_equal(verify_image(fd, &everything, &result, NULL), 0);
    assert_false(result.ok);
    assert_int_equal(result.seal, SEAL_MISMATCH);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_sound_images_sound),
        cmocka_unit_test(cannot_judge_the_seal_in_a_pipe),
        cmocka_unit_test(names_each_damaged_page),
        cmocka_unit_test(counts_the_entries_with_data_only),
        cmocka_unit_test(names_a_damaged_gap),
        cmocka_unit_test(counts_more_than_it_keeps),
        cmocka_unit_test(finds_the_table_of_another_image),
        cmocka_unit_test(finds_a_cut_or_longer_table),
        cmocka_unit_test(finds_padding_that_is_not_zero),
        cmocka_unit_test(takes_any_order_behind_a_padding),
        cmocka_unit_test(a_sealed_one_is_not_sealed_again),
        cmocka_unit_test(takes_a_huge_table_of_holes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
