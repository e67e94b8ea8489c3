/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, an image tells the wrong time of its disks, or is damaged by
 * what should have set it right.
 */
#include "config.h"

#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/flat_image.h"
#include "format/record.h"
#include "lib/record_rewrite.h"
#include "lib/save_image.h"
#include "lib/verify.h"
#include "stream_builder.h"
#include "util/cleanup.h"
#include "util/io.h"

#define SIZE "00000000000000000004"
#define LATER "00000000000000000005"

static struct keylist keys_of(const char *text)
{
    struct keylist keys = { 0 };

    assert_int_equal(keylist_parse(text, strlen(text), &keys, NULL), 0);
    return keys;
}

static struct buffer image_of(char container)
{
    const struct image_plan plan = {
        .container = container,
        .pages = 100,
        .metadata = true,
        .record = "disk.xvda.size=" SIZE ",user.note=a\\,b\\x0a",
    };
    struct buffer b = { 0 };

    build_image(&b, &plan);
    return b;
}

static int file_of(const struct buffer *b)
{
    int fd = memfd_create("image", MFD_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(write_full(fd, b->data, b->length, NULL), 0);
    return fd;
}

static void expect_size(int fd, const char *size)
{
    CLEANUP_VERIFY struct verify_result result = { .ok = false };
    const struct verify_options options = { 0 };
    CLEANUP_KEYLIST struct keylist record = { 0 };

    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    assert_int_equal(verify_image(fd, &options, &result, NULL), 0);
    assert_true(result.ok);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    assert_int_equal(save_image_metadata(fd, &record, NULL), 0);
    assert_string_equal(keylist_get(&record, "disk.xvda.size"), size);
    assert_string_equal(keylist_get(&record, "user.note"), "a,b\n");
}

static void in_every_container(void **state)
{
    static const char containers[] = "xvlc";
    CLEANUP_KEYLIST struct keylist keys = keys_of("disk.xvda.size=" LATER);
    struct xr_error err;
    size_t i;

    (void)state;
    for (i = 0; containers[i]; i++) {
        CLEANUP_BUFFER struct buffer b = image_of(containers[i]);
        CLEANUP_CLOSE int fd = file_of(&b);
        off_t length = lseek(fd, 0, SEEK_END);

        assert_int_equal(record_rewrite_file(fd, &keys, &err), 0);
        assert_int_equal(lseek(fd, 0, SEEK_CUR), length);
        expect_size(fd, LATER);
        assert_int_equal(lseek(fd, 0, SEEK_END), length);
    }
}

/* The file is then what it was, to the last byte. */
static void expect_untouched(const struct buffer *b, const char *text, int r)
{
    CLEANUP_KEYLIST struct keylist keys = keys_of(text);
    CLEANUP_CLOSE int fd = file_of(b);
    CLEANUP_FREE char *now = malloc(b->length);
    struct xr_error err;

    assert_int_equal(record_rewrite_file(fd, &keys, &err), r);
    assert_int_equal(pread_full(fd, now, b->length, 0), b->length);
    assert_memory_equal(now, b->data, b->length);
}

static void what_does_not_fit(void **state)
{
    CLEANUP_BUFFER struct buffer b = image_of('x');
    CLEANUP_BUFFER struct buffer none = { 0 };
    const struct image_plan plan = { .container = 'x', .pages = 100 };
    size_t at;

    (void)state;
    expect_untouched(&b, "disk.xvda.size=5", -EINVAL);
    expect_untouched(&b, "disk.xvdb.size=" SIZE, -ENOENT);
    expect_untouched(&b, "disk.xvda.size=" LATER ",disk.xvdb.size=" SIZE,
                     -ENOENT);
    build_image(&none, &plan);
    expect_untouched(&none, "disk.xvda.size=" SIZE, -ENOENT);
    for (at = 0; memcmp(b.data + at, SIZE, strlen(SIZE)); at++)
        ;
    b.data[at] = '1';
    expect_untouched(&b, "disk.xvda.size=" LATER, -EBADMSG);
    b.length = at;
    expect_untouched(&b, "disk.xvda.size=" LATER, -ENODATA);
}

/* The digests are those of the record that it has in the end. */
static void before_a_flat_image_is_sealed(void **state)
{
    CLEANUP_KEYLIST struct keylist keys = keys_of("disk.xvda.size=" LATER);
    CLEANUP_KEYLIST struct keylist odd = keys_of("disk.xvda.size=5");
    CLEANUP_BUFFER struct buffer b = image_of('x');
    bool hold;

    (void)state;
    for (hold = false;; hold = true) {
        CLEANUP_CLOSE int fd = memfd_create("flat", MFD_CLOEXEC);
        struct flat_image *image;
        struct flat_outcome outcome;
        int out;

        assert_int_equal(flat_image_begin(fd, NULL, &out, &image, NULL), 0);
        if (hold)
            flat_image_hold(image);
        assert_int_equal(write_full(out, b.data, b.length, NULL), 0);
        close(out);
        flat_image_set_keys(image, &keys);
        assert_int_equal(flat_image_finish(image, &outcome, NULL), 0);
        flat_image_abandon(&image);
        expect_size(fd, LATER);
        if (hold)
            break;
    }
    {
        CLEANUP_CLOSE int fd = memfd_create("flat", MFD_CLOEXEC);
        struct flat_image *image;
        struct flat_outcome outcome;
        int out;

        assert_int_equal(flat_image_begin(fd, NULL, &out, &image, NULL), 0);
        assert_int_equal(write_full(out, b.data, b.length, NULL), 0);
        close(out);
        flat_image_set_keys(image, &odd);
        assert_int_equal(flat_image_finish(image, &outcome, NULL), -EINVAL);
        flat_image_abandon(&image);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_every_container),
        cmocka_unit_test(what_does_not_fit),
        cmocka_unit_test(before_a_flat_image_is_sealed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
