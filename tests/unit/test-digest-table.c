/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The table of a flat image's seal: what was written is read again, and whatever is
 * cut, flipped or lied about is damage with its place.  If this fails, a damaged
 * table blames sound pages, or costs memory without bound.
 */
#include "config.h"

#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format/pages.h"
#include "lib/digest_table.h"
#include "util/bytes.h"
#include "util/cleanup.h"
#include "util/io.h"

enum {
    START = 512,        /* of the image in its file */
    LENGTH = 41 << 12,  /* of the image */
    PAGES = 3 + 1 + 20,
    EXTENTS = 3,
};

static struct digest_table table;
static struct seal seal;
static uint8_t (*page_digests)[SEAL_DIGEST_SIZE];
static uint8_t gap_digests[EXTENTS + 1][SEAL_DIGEST_SIZE];

static int make_table(void **state)
{
    size_t i;

    (void)state;
    table.length = LENGTH;
    memset(table.secret, 0x5a, sizeof(table.secret));
    assert_int_equal(digest_table_add(&table, 2 << 12, 3, NULL), 0);
    assert_int_equal(digest_table_add(&table, 6 << 12, 1, NULL), 0);
    assert_int_equal(digest_table_add(&table, 8 << 12, 15, NULL), 0);
    /* Right behind: no extent of its own. */
    assert_int_equal(digest_table_add(&table, 23 << 12, 5, NULL), 0);
    page_digests = calloc(PAGES, SEAL_DIGEST_SIZE);
    for (i = 0; i < PAGES; i++)
        page_digests[i][0] = (uint8_t)i;
    for (i = 0; i <= EXTENTS; i++)
        gap_digests[i][15] = (uint8_t)i;
    return 0;
}

static int free_table(void **state)
{
    (void)state;
    digest_table_free(&table);
    free(page_digests);
    return 0;
}

/* The image is a hole: nothing here reads it. */
static int write_table(void)
{
    const struct digests digests = { page_digests, gap_digests };
    int fd = memfd_create("table", MFD_CLOEXEC);
    uint8_t *bytes;
    size_t n;

    assert_true(fd >= 0);
    assert_int_equal(digest_table_write(fd, &table, &digests, &seal, NULL), 0);
    /* It writes images that begin with the file: this one is moved. */
    n = (size_t)(digest_table_end(&table) - LENGTH);
    bytes = malloc(n);
    assert_int_equal(pread_full(fd, bytes, n, LENGTH), n);
    assert_int_equal(ftruncate(fd, 0), 0);
    assert_int_equal(lseek(fd, START + LENGTH, SEEK_SET), START + LENGTH);
    assert_int_equal(write_full(fd, bytes, n, NULL), 0);
    free(bytes);
    return fd;
}

static int read_table(int fd, struct xr_error *err)
{
    CLEANUP_DIGEST_TABLE struct digest_table again = { .length = 0 };

    return digest_table_read(fd, START, &seal, &again, err);
}

static void reads_what_it_wrote(void **state)
{
    CLEANUP_DIGEST_TABLE struct digest_table again = { .length = 0 };
    uint8_t (*digests)[SEAL_DIGEST_SIZE] = NULL;
    CLEANUP_CLOSE int fd = write_table();
    size_t i;

    (void)state;
    assert_int_equal(seal.version, SEAL_OF_PAGES);
    assert_int_equal(seal.extents, EXTENTS);
    assert_int_equal(seal.length, LENGTH);
    assert_int_equal(digest_table_read(fd, START, &seal, &again, NULL), 0);
    assert_int_equal(again.extent_count, EXTENTS);
    assert_int_equal(again.pages, PAGES);
    assert_int_equal(again.length, LENGTH);
    assert_memory_equal(again.secret, table.secret, SEAL_SECRET_SIZE);
    for (i = 0; i < EXTENTS; i++) {
        assert_int_equal(again.extents[i].offset, table.extents[i].offset);
        assert_int_equal(again.extents[i].pages, table.extents[i].pages);
        assert_int_equal(again.extents[i].first, table.extents[i].first);
    }
    assert_int_equal(digest_table_read_pages(fd, START, &again, &digests,
                                             NULL), 0);
    assert_memory_equal(digests, page_digests, PAGES * SEAL_DIGEST_SIZE);
    free(digests);
}

/* FORMAT.md, "Version 2", byte by byte. */
static void is_where_the_format_says(void **state)
{
    CLEANUP_CLOSE int fd = write_table();
    uint64_t at = LENGTH + 48 + 192, end;
    uint8_t bytes[48], first[48];
    struct stat st;

    (void)state;
    assert_int_equal(pread_full(fd, bytes, 16, (off_t)(START + at + 32)), 16);
    assert_int_equal(load_le64(bytes), 8 << 12);
    assert_int_equal(load_le64(bytes + 8), 20);
    at += 16 * EXTENTS;
    assert_int_equal(digest_table_page_at(&table, 0), at);
    assert_int_equal(pread_full(fd, bytes, 16, (off_t)(START + at + 16 * 9)),
                     16);
    assert_memory_equal(bytes, page_digests[9], 16);
    at += 16 * PAGES;
    assert_int_equal(digest_table_gap_at(&table, 0), at);
    at += 16 * (EXTENTS + 1);
    assert_int_equal(digest_table_end(&table), at + 48);
    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(st.st_size, START + at + 48);
    /* The seal stands before it and behind it. */
    assert_int_equal(pread_full(fd, first, 48, START + LENGTH), 48);
    assert_int_equal(pread_full(fd, bytes, 48, (off_t)(START + at)), 48);
    assert_memory_equal(bytes, first, 48);
    assert_int_equal(digest_table_gap(&table, 0, &end), 0);
    assert_int_equal(end, 2 << 12);
    assert_int_equal(digest_table_gap(&table, 1, &end), 5 << 12);
    assert_int_equal(end, 6 << 12);
    assert_int_equal(digest_table_gap(&table, 3, &end), 28 << 12);
    assert_int_equal(end, LENGTH);
}

static void finds_every_flipped_byte(void **state)
{
    CLEANUP_CLOSE int fd = write_table();
    uint64_t at, end = digest_table_end(&table);
    struct xr_error err;
    uint8_t byte;

    (void)state;
    for (at = LENGTH + 48; at < end; at++) {
        assert_int_equal(pread(fd, &byte, 1, (off_t)(START + at)), 1);
        byte ^= 0x20;
        assert_int_equal(pwrite(fd, &byte, 1, (off_t)(START + at)), 1);
        assert_int_equal(read_table(fd, &err), -EBADMSG);
        assert_in_range(err.offset, LENGTH + 48, end);
        byte ^= 0x20;
        assert_int_equal(pwrite(fd, &byte, 1, (off_t)(START + at)), 1);
    }
    assert_int_equal(read_table(fd, &err), 0);
}

static void finds_every_cut_and_what_follows(void **state)
{
    CLEANUP_CLOSE int fd = write_table();
    uint64_t end = digest_table_end(&table), n;
    struct xr_error err;

    (void)state;
    assert_int_equal(ftruncate(fd, (off_t)(START + end + 1)), 0);
    assert_int_equal(read_table(fd, &err), -EBADMSG);
    assert_int_equal(err.offset, end);
    for (n = end; n-- > 0;) {
        assert_int_equal(ftruncate(fd, (off_t)(START + n)), 0);
        assert_int_equal(read_table(fd, &err), -EBADMSG);
        assert_int_equal(err.offset, n);
        assert_string_equal(err.message, "the seal's table is cut off");
    }
    assert_int_equal(ftruncate(fd, 0), 0);
    assert_int_equal(read_table(fd, &err), -EBADMSG);
}

/* The second extent of the three; the digest would match. */
static void finds_extents_that_cannot_be(void **state)
{
    static const struct { uint64_t offset, pages; } rows[] = {
        { (6 << 12) + 8, 1 },          /* not aligned */
        { 5 << 12, 1 },                /* nothing between */
        { 4 << 12, 1 },                /* overlapping */
        { 0, 1 },                      /* not ascending */
        { 6 << 12, 0 },                /* empty */
        { 6 << 12, 36 },               /* beyond the end */
        { 6 << 12, UINT64_MAX },
        { 6 << 12, UINT64_C(1) << 52 },
        { 50 << 12, 1 },
        { UINT64_C(0xfffffffffffff000), 1 },
    };
    CLEANUP_CLOSE int fd = write_table();
    off_t at = START + LENGTH + 48 + 192 + 16;
    struct xr_error err;
    uint8_t bytes[16];
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        store_le64(bytes, rows[i].offset);
        store_le64(bytes + 8, rows[i].pages);
        assert_int_equal(pwrite(fd, bytes, 16, at), 16);
        assert_int_equal(read_table(fd, &err), -EBADMSG);
        assert_int_equal(err.offset, at - START);
    }
}

/* A file of a TiB that is a hole, whose seal says what it likes. */
static void costs_no_more_than_is_there(void **state)
{
    CLEANUP_CLOSE int fd = write_table();
    struct seal good = seal;
    struct xr_error err;

    (void)state;
    assert_int_equal(ftruncate(fd, (off_t)1 << 40), 0);
    seal.extents = UINT32_MAX;
    assert_int_equal(read_table(fd, &err), -EBADMSG);
    seal.length = (UINT64_C(1) << 40) - (1 << 20);
    assert_int_equal(read_table(fd, &err), -EBADMSG);
    seal.length = UINT64_MAX - 100;
    assert_int_equal(read_table(fd, &err), -EBADMSG);
    seal.length = UINT64_C(1) << 63;
    assert_int_equal(read_table(fd, &err), -EBADMSG);
    seal = good;
}

static void has_a_limit_of_pages(void **state)
{
    CLEANUP_DIGEST_TABLE struct digest_table t = { .length = 0 };
    struct xr_error err;

    (void)state;
    assert_int_equal(digest_table_add(&t, 4096, EXTENT_PAGES_MAX, &err), 0);
    assert_int_equal(digest_table_add(&t, UINT64_C(1) << 50, 1, &err), -E2BIG);
    assert_int_equal(t.pages, EXTENT_PAGES_MAX);
    assert_int_equal(t.extent_count, 1);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_it_wrote),
        cmocka_unit_test(is_where_the_format_says),
        cmocka_unit_test(finds_every_flipped_byte),
        cmocka_unit_test(finds_every_cut_and_what_follows),
        cmocka_unit_test(finds_extents_that_cannot_be),
        cmocka_unit_test(costs_no_more_than_is_there),
        cmocka_unit_test(has_a_limit_of_pages),
    };

    return cmocka_run_group_tests(tests, make_table, free_table);
}
