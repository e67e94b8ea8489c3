/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which images others may begin as copies of.  If this fails, an image has
 * another one's state between its pages, damage that its own seal hides, pages
 * that its guest does not have, or more of them from time to time.
 */
#include "config.h"

#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flat_seal.h"
#include "format/libxc.h"
#include "format/padding.h"
#include "format/pages.h"
#include "lib/flat_writer.h"
#include "lib/verify.h"
#include "stream_builder.h"
#include "util/bytes.h"
#include "util/cleanup.h"
#include "util/io.h"

enum { PAGES = 100 };

static int file_of(const struct buffer *b)
{
    int fd = memfd_create("image", MFD_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(write_full(fd, b->data, b->length, NULL), 0);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

static int read_file(int fd, struct flat_layout *out, struct xr_error *err)
{
    CLEANUP_FREE char *uuid = NULL;

    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return flat_layout_read(fd, out, &uuid, err);
}

static int read_layout(const struct buffer *b, struct flat_layout *out,
                       struct xr_error *err)
{
    CLEANUP_CLOSE int fd = file_of(b);

    return read_file(fd, out, err);
}

/* Over what is in fd, which is the parent if it is anything. */
static void lay_out(const struct buffer *stream, int fd,
                    struct flat_outcome *outcome)
{
    CLEANUP_FLAT_LAYOUT struct flat_layout parent = { .pages_begin = 0 };
    CLEANUP_FLAT_WRITER struct flat_writer *w = NULL;
    CLEANUP_CLOSE int in = file_of(stream);
    struct flat_order order = { .in = in, .out = fd, .seal = true };
    struct xr_error err;
    struct stat st;

    assert_int_equal(fstat(fd, &st), 0);
    if (st.st_size) {
        if (read_file(fd, &parent, &err))
            fail_msg("%s", err.message);
        order.parent = &parent;
    }
    assert_int_equal(flat_writer_new(&order, &w, NULL), 0);
    if (flat_writer_take(w, &err) || flat_writer_close(w, outcome, &err))
        fail_msg("%s", err.message);
}

static void is_sound(int fd)
{
    CLEANUP_VERIFY struct verify_result result = { .ok = false };
    const struct verify_options options = { .structure = false };
    struct xr_error err;

    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    assert_int_equal(verify_image(fd, &options, &result, &err), 0);
    if (!result.ok)
        fail_msg("%s", result.problems.items[0].what);
    assert_int_equal(result.seal, SEAL_MATCH);
}

static void begin(struct buffer *b)
{
    build_libxc(b, 3, LIBXC_DOMAIN_X86_HVM);
    build_record(b, LIBXC_REC_STATIC_DATA_END, NULL, 0);
}

static void add_flat_pages(struct buffer *b, uint64_t first, size_t least)
{
    build_padding(b, 16 + 8 * PAGES, least);
    build_pages(b, first, PAGES);
}

static void add_state(struct buffer *b)
{
    build_record(b, LIBXC_REC_X86_TSC_INFO, "what the time is, at last", 24);
}

/* A page's type, reserved bits of its entry, padding, the state of a device. */
static void refuses_one_that_is_damaged_beside_its_pages(void **state)
{
    const struct image_plan plan = {
        .container = 'x', .hvm = true, .flat = true, .pages = 50, .batch = 7,
    };
    CLEANUP_FLAT_LAYOUT struct flat_layout sound = { .pages_begin = 0 };
    CLEANUP_BUFFER struct buffer b = { 0 };
    uint64_t places[4];
    size_t i;

    (void)state;
    build_image(&b, &plan);
    flat_seal(&b);
    assert_int_equal(read_layout(&b, &sound, NULL), 0);
    places[0] = sound.batches[3].entries_at + 7;
    places[1] = sound.batches[4].entries_at + 6;
    places[2] = sound.batches[2].entries_at - 100;
    places[3] = sound.pages_end + 40;
    for (i = 0; i < COUNT(places); i++) {
        CLEANUP_FLAT_LAYOUT struct flat_layout layout = { .pages_begin = 0 };
        struct xr_error err;

        b.data[places[i]] ^= 16;
        assert_int_equal(read_layout(&b, &layout, &err), -EBADMSG);
        assert_non_null(strstr(err.message, "damaged"));
        b.data[places[i]] ^= 16;
    }
}

/* It would be the next image's, too. */
static void refuses_state_between_the_pages(void **state)
{
    CLEANUP_FLAT_LAYOUT struct flat_layout layout = { .pages_begin = 0 };
    CLEANUP_BUFFER struct buffer b = { 0 };
    struct xr_error err;

    (void)state;
    begin(&b);
    add_flat_pages(&b, 0, PAGE_SIZE_BYTES);
    add_state(&b);
    add_flat_pages(&b, PAGES, 0);
    build_record(&b, LIBXC_REC_END, NULL, 0);
    flat_seal(&b);
    assert_int_equal(read_layout(&b, &layout, &err), -EINVAL);
    assert_string_equal(err.message, "it is not flat");
}

/* The pages begin behind the last record of the head, wherever padding stands. */
static void finds_where_the_head_ends(void **state)
{
    CLEANUP_FLAT_LAYOUT struct flat_layout layout = { .pages_begin = 0 };
    CLEANUP_BUFFER struct buffer b = { 0 }, stream = { 0 };
    static const uint8_t zeros[13];
    struct flat_outcome outcome;
    uint64_t begins;
    int fd;

    (void)state;
    begin(&b);
    build_record(&b, PADDING_TYPE, zeros, sizeof(zeros));
    add_state(&b);
    build_record(&b, PADDING_TYPE, zeros, sizeof(zeros));
    begins = b.length;
    add_flat_pages(&b, 0, PAGE_SIZE_BYTES);
    build_record(&b, LIBXC_REC_END, NULL, 0);
    flat_seal(&b);
    assert_int_equal(read_layout(&b, &layout, NULL), 0);
    assert_int_equal(layout.pages_begin, begins);

    begin(&stream);
    build_pages(&stream, 0, PAGES);
    build_record(&stream, LIBXC_REC_END, NULL, 0);
    fd = file_of(&b);
    lay_out(&stream, fd, &outcome);
    assert_null(outcome.full);
    assert_int_equal(outcome.pages_changed, 0);
    close(fd);
}

/* libxc refuses entries of pages that a PV guest's P2M does not have. */
static void leaves_one_of_a_larger_pv_guest(void **state)
{
    struct image_plan plan = { .container = 'x', .pages = 700, .batch = 64 };
    CLEANUP_BUFFER struct buffer larger = { 0 }, smaller = { 0 };
    CLEANUP_CLOSE int fd = memfd_create("image", MFD_CLOEXEC);
    struct flat_outcome outcome;

    (void)state;
    build_image(&larger, &plan);
    plan.pages = 600;
    build_image(&smaller, &plan);
    lay_out(&smaller, fd, &outcome);
    lay_out(&larger, fd, &outcome);
    assert_null(outcome.full);
    is_sound(fd);
    lay_out(&smaller, fd, &outcome);
    assert_non_null(strstr(outcome.full, "pages that the guest no longer has"));
    assert_int_equal(outcome.pages, 600);
    is_sound(fd);
}

/* Pages 0 to there - 1 have data; those behind, up to PAGES, have none. */
static void build_ballooned(struct buffer *b, uint32_t there)
{
    uint32_t i;

    begin(b);
    build_pages(b, 0, there);
    build_le32(b, LIBXC_REC_PAGE_DATA);
    build_le32(b, 8 + 8 * (PAGES - there));
    build_le64(b, PAGES - there);
    for (i = there; i < PAGES; i++)
        build_le64(b, (uint64_t)PAGE_XTAB << 60 | i);
    build_record(b, LIBXC_REC_END, NULL, 0);
}

/* A balloon that goes up and down leaves places that are nobody's. */
static void does_not_grow_without_end(void **state)
{
    CLEANUP_CLOSE int fd = memfd_create("image", MFD_CLOEXEC);
    struct flat_outcome outcome;
    uint64_t most = 0;
    int i, full = 0;

    (void)state;
    for (i = 0; i < 40; i++) {
        CLEANUP_BUFFER struct buffer stream = { 0 };

        build_ballooned(&stream, i % 2 ? PAGES - 30 : PAGES - 1);
        lay_out(&stream, fd, &outcome);
        full += outcome.full != NULL;
        if (outcome.bytes > most)
            most = outcome.bytes;
    }
    assert_true(full > 0 && full < 30);
    assert_true(most < 5 * PAGES * PAGE_SIZE_BYTES / 2);
}

/* 16 pages of every 512: so few no stream has. */
static void bears_no_page_numbers_far_apart(void **state)
{
    CLEANUP_CLOSE int fd = memfd_create("image", MFD_CLOEXEC);
    CLEANUP_BUFFER struct buffer stream = { 0 };
    CLEANUP_FLAT_WRITER struct flat_writer *w = NULL;
    enum { COUNT_OF = 100000 };
    struct flat_order order = { .out = fd };
    struct xr_error err;
    uint64_t i, list;

    (void)state;
    begin(&stream);
    build_le32(&stream, LIBXC_REC_PAGE_DATA);
    build_le32(&stream, 8 + 8 * COUNT_OF);
    build_le64(&stream, COUNT_OF);
    list = stream.length;
    for (i = 0; i < COUNT_OF; i++)
        build_le64(&stream, (uint64_t)PAGE_XTAB << 60 | i * 4096);
    build_record(&stream, LIBXC_REC_END, NULL, 0);
    order.in = file_of(&stream);
    assert_int_equal(flat_writer_new(&order, &w, NULL), 0);
    assert_int_equal(flat_writer_take(w, &err), -E2BIG);
    assert_true(err.offset > list && err.offset < list + 8 * COUNT_OF);
    close(order.in);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_one_that_is_damaged_beside_its_pages),
        cmocka_unit_test(refuses_state_between_the_pages),
        cmocka_unit_test(finds_where_the_head_ends),
        cmocka_unit_test(leaves_one_of_a_larger_pv_guest),
        cmocka_unit_test(does_not_grow_without_end),
        cmocka_unit_test(bears_no_page_numbers_far_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
