/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The finder takes the record that FORMAT.md says, and everyone who looks for
 * the record takes the same one.  If this fails, a restore knows of another
 * kernel than show and verify told of, or a hostile stream is looked through
 * for ever.
 */
#include "config.h"

#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "format/record_finder.h"
#include "hook/pump.h"
#include "hook/scan.h"
#include "lib/image_state.h"
#include "lib/save_image.h"
#include "lib/verify.h"
#include "libxc_stream.h"
#include "util/bytes.h"
#include "util/cleanup.h"
#include "util/io.h"

/* The stream stands somewhere inside its file, as in an image of xl's. */
enum { START = 13, WHOLE = 1 << 20 };

static const char first[] = "image.SUSPEND_CANCEL=0x1";
static const char second[] = "image.SUSPEND_CANCEL=0x2";

static void put_zeros(struct buffer *b, uint32_t type, uint32_t length)
{
    uint64_t i, padded = libxc_padded_length(length);

    put_record_header(b, type, length);
    for (i = 0; i < padded; i++)
        buffer_append(b, "", 1);
}

/* A record with our magic, and no more that is right. */
static void put_magic(struct buffer *b, uint32_t length)
{
    size_t start = b->length + LIBXC_RECORD_HEADER_SIZE;

    put_zeros(b, RECORD_TYPE, length);
    memcpy(b->data + start, "XENRMETA\1", 9);
}

static void put_many(struct buffer *b, unsigned int count)
{
    while (count--)
        put_zeros(b, LIBXC_OPTIONAL, 0);
}

static void usual(struct buffer *b)
{
    put_zeros(b, LIBXC_REC_X86_PV_INFO, 8);
    put_metadata(b, first);
}

static void none(struct buffer *b)
{
    put_zeros(b, LIBXC_REC_STATIC_DATA_END, 0);
}

static void behind_a_page(struct buffer *b)
{
    put_zeros(b, LIBXC_REC_PAGE_DATA, 8);
    put_metadata(b, first);
}

static void behind_a_checkpoint(struct buffer *b)
{
    put_zeros(b, LIBXC_REC_CHECKPOINT, 0);
    put_metadata(b, first);
}

static void behind_others(struct buffer *b)
{
    put_zeros(b, RECORD_TYPE, 0);
    put_zeros(b, RECORD_TYPE, 7);
    put_record(b, RECORD_TYPE, 100);
    put_record(b, RECORD_TYPE, RECORD_BODY_MAX);
    put_record(b, RECORD_TYPE, RECORD_BODY_MAX + 1);
    put_metadata(b, first);
}

static void two(struct buffer *b)
{
    put_metadata(b, first);
    put_metadata(b, second);
}

static void too_short(struct buffer *b)
{
    put_magic(b, RECORD_OVERHEAD - 1);
    put_metadata(b, second);
}

static void magic_alone(struct buffer *b)
{
    put_magic(b, 8);
    put_metadata(b, second);
}

static void too_long(struct buffer *b)
{
    put_magic(b, RECORD_BODY_MAX + 1);
    put_metadata(b, second);
}

static void flipped(struct buffer *b)
{
    put_metadata(b, first);
    b->data[b->length - 16] ^= 1;
    put_metadata(b, second);
}

static void of_a_later_version(struct buffer *b)
{
    size_t start = b->length;

    put_metadata(b, first);
    store_le16((uint8_t *)b->data + start + LIBXC_RECORD_HEADER_SIZE + 8, 2);
    put_metadata(b, second);
}

static void in_the_last_place(struct buffer *b)
{
    put_many(b, RECORD_FINDER_RECORDS_MAX - 1);
    put_metadata(b, first);
}

static void too_far(struct buffer *b)
{
    put_many(b, RECORD_FINDER_RECORDS_MAX);
    put_metadata(b, first);
}

static const struct row {
    const char *name;
    void (*put)(struct buffer *b);
    int r;
} rows[] = {
    { "usual", usual, 0 },
    { "none", none, -ENOENT },
    { "behind a page", behind_a_page, -ENOENT },
    { "behind a checkpoint", behind_a_checkpoint, -ENOENT },
    { "behind others", behind_others, 0 },
    { "two", two, 0 },
    { "too short", too_short, -EINVAL },
    { "magic alone", magic_alone, -EINVAL },
    { "too long", too_long, -EINVAL },
    { "flipped", flipped, -EBADMSG },
    { "of a later version", of_a_later_version, -ENOTSUP },
    { "in the last place", in_the_last_place, 0 },
    { "too far", too_far, -ENOENT },
};

static void build(const struct row *row, struct buffer *b)
{
    put_headers(b);
    row->put(b);
    put_zeros(b, LIBXC_REC_PAGE_DATA, 8);
    put_zeros(b, LIBXC_REC_END, 0);
}

/* Gives it what it wants from bytes at START; -ENODATA where they end. */
static int drive(const struct buffer *b, size_t split,
                 struct record_finder *finder, struct xr_error *err)
{
    const uint8_t *bytes = (const uint8_t *)b->data - START;
    uint64_t end = START + b->length;
    struct stream_event event;
    struct stream s;
    uint64_t at;
    size_t n;

    stream_init_libxc(&s, START);
    record_finder_init(finder);
    while (!record_finder_is_done(finder)) {
        if (s.offset > end || stream_needs(&s) > end - s.offset)
            return -ENODATA;
        at = s.offset + stream_needs(&s);
        assert_int_equal(stream_push(&s, bytes + s.offset, &event, err), 0);
        record_finder_event(finder, &event);
        while ((n = record_finder_wants(finder))) {
            n = n < split ? n : split;
            if (at > end || n > end - at)
                return -ENODATA;
            record_finder_push(finder, bytes + at, n);
            at += n;
        }
    }
    return 0;
}

static struct record_finder finder;

static void check_list(const struct keylist *list, int r)
{
    if (r)
        assert_int_equal(list->count, 0);
    else
        assert_string_equal(keylist_get(list, "image.SUSPEND_CANCEL"), "0x1");
}

static void expect(const struct buffer *b, size_t split, const struct row *row)
{
    CLEANUP_KEYLIST struct keylist list = { 0 };
    struct xr_error err = { .offset = XR_NO_OFFSET };
    int r = drive(b, split, &finder, &err);

    if (!r)
        r = record_finder_read(&finder, NULL, &list, &err);
    if (r != row->r)
        fail_msg("%s, by %zu: %d, not %d", row->name, split, r, row->r);
    check_list(&list, r);
    assert_true(r != -EINVAL || err.offset - START < b->length);
}

/* Also split anywhere. */
static void finds_the_record_of_the_format(void **state)
{
    static const size_t splits[] = { WHOLE, 1, 7, 8, 20, 4095 };
    size_t i, j;

    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        CLEANUP_BUFFER struct buffer b = { 0 };

        build(&rows[i], &b);
        for (j = 0; j < COUNT(splits); j++)
            expect(&b, splits[j], &rows[i]);
    }
}

static void splits_anywhere(void **state)
{
    CLEANUP_BUFFER struct buffer b = { 0 };
    size_t split;

    (void)state;
    build(&rows[0], &b);
    for (split = 1; split < b.length; split++)
        expect(&b, split, &rows[0]);
}

/* Cut before the record's end, nothing is found, and more is wanted. */
static void wants_what_is_cut_off(void **state)
{
    CLEANUP_BUFFER struct buffer b = { 0 };
    size_t whole;

    (void)state;
    put_headers(&b);
    usual(&b);
    whole = b.length - (libxc_padded_length(44) - 44);
    for (b.length = 0; b.length < whole; b.length++) {
        assert_int_equal(drive(&b, WHOLE, &finder, NULL), -ENODATA);
        assert_false(finder.found);
    }
    assert_int_equal(drive(&b, WHOLE, &finder, NULL), 0);
    assert_true(record_finder_is_at(&finder, START + 40 + 16));
}

/* A body that the caller hopped over is nobody's. */
static void drops_what_was_not_pushed(void **state)
{
    struct stream_event event = {
        .kind = STREAM_EVENT_RECORD,
        .layer = STREAM_LIBXC,
        .type = RECORD_TYPE,
        .length = 30,
    };

    (void)state;
    record_finder_init(&finder);
    record_finder_event(&finder, &event);
    assert_int_equal(record_finder_wants(&finder), 30);
    record_finder_push(&finder, (const uint8_t *)"XENRMETA", 8);
    event.type = LIBXC_REC_PAGE_DATA;
    record_finder_event(&finder, &event);
    assert_int_equal(record_finder_wants(&finder), 0);
    assert_true(record_finder_is_done(&finder));
    assert_int_equal(record_finder_read(&finder, NULL, NULL, NULL), -ENOENT);
}

/* Where the bytes are that are wrong, counted as the stream counts. */
static void says_where(void **state)
{
    CLEANUP_BUFFER struct buffer b = { 0 };
    CLEANUP_KEYLIST struct keylist list = { 0 };
    struct xr_error err;

    (void)state;
    put_headers(&b);
    flipped(&b);
    assert_int_equal(drive(&b, WHOLE, &finder, NULL), 0);
    assert_int_equal(record_finder_read(&finder, NULL, &list, &err),
                     -EBADMSG);
    assert_int_equal(err.offset, START + 40 + 8 + 16 + strlen(first));
}

/* By everyone who looks for the record. */
static int file_of(const struct buffer *b)
{
    int fd = memfd_create("stream", MFD_CLOEXEC);

    assert_int_equal(pwrite(fd, b->data, b->length, START), b->length);
    assert_int_equal(lseek(fd, START, SEEK_SET), START);
    return fd;
}

static int by_scan(const struct buffer *b, struct keylist *out)
{
    CLEANUP_CLOSE int fd = file_of(b);

    return scan_for_record(fd, out, NULL);
}

static int by_pump(const struct buffer *b, struct keylist *out)
{
    static char bytes[WHOLE];
    struct pump *pump;
    int ends[2], r;

    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_true(fcntl(ends[0], F_SETPIPE_SZ, 256 << 10) > 0);
    assert_int_equal(write_full(ends[1], b->data, b->length, NULL), 0);
    close(ends[1]);
    assert_int_equal(pump_start(ends[0], &pump, NULL), 0);
    assert_int_equal(read_full(pump_fd(pump), bytes, sizeof(bytes)),
                     b->length);
    r = pump_finish(pump, out, NULL);
    close(ends[0]);
    return r;
}

static int visit(const struct save_image_record *record, void *data)
{
    (void)record;
    (void)data;
    return 0;
}

static int by_save_image(const struct buffer *b, save_image_visit *visitor,
                         struct keylist *out)
{
    CLEANUP_SAVE_IMAGE struct save_image image = { 0 };
    CLEANUP_CLOSE int fd = file_of(b);
    int r = save_image_read(fd, visitor, NULL, &image, NULL);

    if (r)
        return r;
    if (!image.has_metadata)
        return image.metadata_error.code ? -image.metadata_error.code
                                         : -ENOENT;
    *out = image.metadata;
    image.metadata = (struct keylist){ 0 };
    return 0;
}

static int by_show(const struct buffer *b, struct keylist *out)
{
    return by_save_image(b, NULL, out);
}

static int by_show_records(const struct buffer *b, struct keylist *out)
{
    return by_save_image(b, visit, out);
}

static void all_find_the_same(void **state)
{
    static int (*const readers[])(const struct buffer *b,
                                  struct keylist *out) = {
        by_scan, by_pump, by_show, by_show_records,
    };
    size_t i, j;

    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        CLEANUP_BUFFER struct buffer b = { 0 };

        build(&rows[i], &b);
        for (j = 0; j < COUNT(readers); j++) {
            CLEANUP_KEYLIST struct keylist list = { 0 };
            int r = readers[j](&b, &list);

            if (r != rows[i].r)
                fail_msg("%s, reader %zu: %d, not %d", rows[i].name, j, r,
                         rows[i].r);
            check_list(&list, r);
        }
    }
}

/* These two do not say why there is none. */
static void diff_and_verify_find_the_same(void **state)
{
    static const struct verify_options everything = { .structure = false };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        CLEANUP_VERIFY struct verify_result result = { .ok = false };
        CLEANUP_IMAGE_STATE struct image_state image = { .page_count = 0 };
        CLEANUP_BUFFER struct buffer b = { 0 };
        CLEANUP_CLOSE int fd = -1;
        const char *value;

        build(&rows[i], &b);
        fd = file_of(&b);
        assert_int_equal(image_state_read(fd, NULL, NULL, &image, NULL), 0);
        value = values_get(&image.metadata, "image.SUSPEND_CANCEL");
        if (rows[i].r)
            assert_null(value);
        else
            assert_string_equal(value, "0x1");
        (void)verify_image(fd, &everything, &result, NULL);
        if (result.metadata != !rows[i].r)
            fail_msg("%s: verify does not agree", rows[i].name);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_record_of_the_format),
        cmocka_unit_test(splits_anywhere),
        cmocka_unit_test(wants_what_is_cut_off),
        cmocka_unit_test(drops_what_was_not_pushed),
        cmocka_unit_test(says_where),
        cmocka_unit_test(all_find_the_same),
        cmocka_unit_test(diff_and_verify_find_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
