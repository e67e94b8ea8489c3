/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, a seal is written into an image that somebody else is writing.
 */
#include "config.h"

#include "unit.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/digest.h"
#include "lib/seal_image.h"
#include "stream_builder.h"

static int fd;                   /* the image */
static off_t length_then;        /* what another one makes of it; -1: nothing */
static bool sealed_then;         /* or it gets a seal */

static int ends;

/* All of it was read twice, and nothing is written yet. */
static int when_all_is_read(void *data, uint64_t done, uint64_t all)
{
    uint8_t bytes[SEAL_SIZE];
    struct seal seal;

    (void)data;
    if (done != all || ++ends != 2)
        return 0;
    if (length_then >= 0)
        assert_int_equal(ftruncate(fd, length_then), 0);
    if (sealed_then) {
        assert_int_equal(digest_file(fd, 0, all, NULL, &seal, NULL), 0);
        seal_encode(&seal, bytes);
        assert_int_equal(pwrite(fd, bytes, sizeof(bytes), (off_t)all),
                         sizeof(bytes));
    }
    return 0;
}

static const struct listener listener = { .progress = when_all_is_read };
static const struct verify_options options = { .listener = &listener };

static int begin(void **state)
{
    const struct image_plan plan = { .container = 'x', .pages = 4 };
    char name[] = "/tmp/test-seal-image.XXXXXX";
    struct buffer b = { 0 };

    (void)state;
    length_then = -1;
    ends = 0;
    sealed_then = false;
    build_image(&b, &plan);
    fd = mkstemp(name);
    assert_true(fd >= 0);
    unlink(name);
    assert_int_equal(write(fd, b.data, b.length), b.length);
    buffer_free(&b);
    return 0;
}

static int end(void **state)
{
    (void)state;
    return close(fd);
}

static off_t size_now(void)
{
    struct stat st;

    assert_int_equal(fstat(fd, &st), 0);
    return st.st_size;
}

static int seal_it(bool *was_sealed, struct xr_error *err)
{
    CLEANUP_VERIFY struct verify_result result = { .ok = false };
    struct seal seal;

    return seal_image(fd, &options, &result, &seal, was_sealed, err);
}

static void is_sealed_once(void **state)
{
    off_t size = size_now();
    struct xr_error err;
    bool was_sealed;

    (void)state;
    assert_int_equal(seal_it(&was_sealed, &err), 0);
    assert_false(was_sealed);
    assert_int_equal(size_now(), size + SEAL_SIZE);
    assert_int_equal(seal_it(&was_sealed, &err), 0);
    assert_true(was_sealed);
    assert_int_equal(size_now(), size + SEAL_SIZE);
}

static void leaves_a_file_of_another_length_alone(void **state)
{
    const off_t lengths[] = { 0, size_now() - 1, size_now() + 1,
                              size_now() + 4096 };
    struct xr_error err;
    bool was_sealed;
    size_t i;

    for (i = 0; i < COUNT(lengths); i++) {
        close(fd);
        begin(state);
        length_then = lengths[i];
        assert_true(seal_it(&was_sealed, &err) < 0);
        assert_int_equal(size_now(), lengths[i]);
    }
}

static void is_content_with_another_ones_seal(void **state)
{
    off_t size = size_now();
    struct xr_error err;
    bool was_sealed;

    (void)state;
    sealed_then = true;
    assert_int_equal(seal_it(&was_sealed, &err), 0);
    assert_true(was_sealed);
    assert_int_equal(size_now(), size + SEAL_SIZE);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(is_sealed_once, begin, end),
        cmocka_unit_test_setup_teardown(leaves_a_file_of_another_length_alone,
                                        begin, end),
        cmocka_unit_test_setup_teardown(is_content_with_another_ones_seal,
                                        begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
