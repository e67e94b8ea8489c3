/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The digests that spare diff the reading of pages: of each page one, in the
 * file's order, a few at a time.  If this fails, diff tells differences that
 * there are not, or a file that claims to be large takes memory without bound.
 */
#include "config.h"

#include "unit.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "flat_seal.h"
#include "format/pages.h"
#include "lib/page_digests.h"
#include "stream_builder.h"
#include "util/cleanup.h"
#include "util/io.h"

enum { PAGES = 2 * PAGE_DIGESTS_AT_ONCE + 77 };

static int make_image(bool flat)
{
    const struct image_plan plan = {
        .container = 'x', .hvm = true, .flat = flat, .pages = PAGES,
        .batch = 100,
    };
    int fd = memfd_create("image", MFD_CLOEXEC);
    CLEANUP_BUFFER struct buffer b = { 0 };

    build_image(&b, &plan);
    if (flat)
        flat_seal(&b);
    assert_int_equal(write_full(fd, b.data, b.length, NULL), 0);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

/* Pages are filled with what their number is; flat_seal's secret is known. */
static void has_each_page_of_both(void **state)
{
    CLEANUP_CLOSE int a = make_image(true), b = make_image(true);
    uint8_t page[PAGE_SIZE_BYTES], expected[SEAL_DIGEST_SIZE];
    uint8_t secret[SEAL_SECRET_SIZE];
    struct page_digests digests[2];
    const uint8_t *digest;
    size_t i, which;

    (void)state;
    for (i = 0; i < sizeof(secret); i++)
        secret[i] = (uint8_t)(i * i + 7);
    assert_true(page_digests_find_both((const int[]){ a, b }, digests));
    for (which = 0; which < 2; which++) {
        for (i = 0; i < PAGES; i++) {
            memset(page, (int)i, sizeof(page));
            seal_digest_page(secret, page, expected);
            assert_int_equal(page_digests_next(&digests[which], &digest,
                                               NULL), 0);
            assert_memory_equal(digest, expected, sizeof(expected));
        }
        assert_int_equal(page_digests_next(&digests[which], &digest, NULL),
                         -EINVAL);
    }
    assert_int_equal(lseek(a, 0, SEEK_CUR), 0);
}

static void needs_both(void **state)
{
    CLEANUP_CLOSE int flat = make_image(true), stream = make_image(false);
    struct page_digests digests[2];
    int ends[2];

    (void)state;
    assert_false(page_digests_find_both((const int[]){ flat, stream },
                                        digests));
    assert_false(page_digests_find_both((const int[]){ stream, flat },
                                        digests));
    assert_int_equal(pipe(ends), 0);
    assert_false(page_digests_find_both((const int[]){ flat, ends[0] },
                                        digests));
    close(ends[0]);
    close(ends[1]);
}

/* It became shorter meanwhile, after what is read at once. */
static void knows_what_was_cut_off(void **state)
{
    CLEANUP_CLOSE int a = make_image(true), b = make_image(true);
    struct page_digests digests[2];
    const uint8_t *digest;
    int r = 0, i;

    (void)state;
    assert_true(page_digests_find_both((const int[]){ a, b }, digests));
    assert_int_equal(ftruncate(b, (off_t)digests[1].at
                                  + PAGE_DIGESTS_AT_ONCE * SEAL_DIGEST_SIZE
                                  + 308), 0);
    for (i = 0; !r && i < PAGES; i++)
        r = page_digests_next(&digests[1], &digest, NULL);
    assert_int_equal(r, -ENODATA);
    assert_int_equal(i, PAGE_DIGESTS_AT_ONCE + 1);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(has_each_page_of_both),
        cmocka_unit_test(needs_both),
        cmocka_unit_test(knows_what_was_cut_off),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
