/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a flat image's writer gets onto the disk.  If this fails, an image has
 * half a page, or something else where zeros should be.
 */
#include "config.h"

#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format/pages.h"
#include "lib/flat_output.h"
#include "util/cleanup.h"

static int punch_errno;   /* of the next one */
static int punches_left;  /* that fail so */
static int write_errno;   /* 0: none fails */
static size_t write_most; /* bytes of a call; 0: all */

int __real_fallocate(int fd, int mode, off_t offset, off_t length);
int __wrap_fallocate(int fd, int mode, off_t offset, off_t length);
ssize_t __real_pwrite(int fd, const void *bytes, size_t n, off_t offset);
ssize_t __wrap_pwrite(int fd, const void *bytes, size_t n, off_t offset);

int __wrap_fallocate(int fd, int mode, off_t offset, off_t length)
{
    if (!punches_left)
        return __real_fallocate(fd, mode, offset, length);
    punches_left--;
    errno = punch_errno;
    return -1;
}

ssize_t __wrap_pwrite(int fd, const void *bytes, size_t n, off_t offset)
{
    if (write_errno) {
        errno = write_errno;
        return -1;
    }
    if (write_most && n > write_most)
        n = write_most;
    return __real_pwrite(fd, bytes, n, offset);
}

static int begin_output(void **state)
{
    (void)state;
    punches_left = 0;
    write_errno = 0;
    write_most = 0;
    return 0;
}

static int new_file(void)
{
    int fd = memfd_create("image", MFD_CLOEXEC);

    assert_true(fd >= 0);
    return fd;
}

static off_t length_of(int fd)
{
    struct stat st;

    assert_int_equal(fstat(fd, &st), 0);
    return st.st_size;
}

static void is_filled(int fd, off_t offset, uint8_t with)
{
    uint8_t page[PAGE_SIZE_BYTES], expected[PAGE_SIZE_BYTES];

    memset(expected, with, sizeof(expected));
    assert_int_equal(pread(fd, page, sizeof(page), offset), sizeof(page));
    assert_memory_equal(page, expected, sizeof(page));
}

/* Not by what is written: XFS would have blocks ready where holes are to be. */
static void makes_the_file_as_long_as_it_will_be(void **state)
{
    enum { END = 100 * PAGE_SIZE_BYTES };
    CLEANUP_CLOSE int fd = new_file();
    struct flat_output out = { .fd = fd, .end = END };

    (void)state;
    assert_int_equal(flat_output_write(&out, 0, "xyz", 3, NULL), 0);
    assert_int_equal(length_of(fd), END);
    out.end = END / 2; /* never shorter */
    assert_int_equal(flat_output_write(&out, END, "xyz", 3, NULL), 0);
    assert_int_equal(length_of(fd), END + 3);
}

static void puts_zeros_where_no_hole_can_be(void **state)
{
    static const int codes[] = { EOPNOTSUPP, ENOSYS, EINVAL, EINTR };
    uint8_t page[PAGE_SIZE_BYTES];
    CLEANUP_CLOSE int fd = new_file();
    struct flat_output out = { .fd = fd };
    size_t i;

    (void)state;
    memset(page, 1, sizeof(page));
    for (i = 0; i < COUNT(codes); i++) {
        assert_int_equal(flat_output_write(&out, 0, page, sizeof(page), NULL),
                         0);
        punch_errno = codes[i];
        punches_left = 1;
        assert_int_equal(flat_output_zero(&out, 0, sizeof(page), NULL), 0);
        is_filled(fd, 0, 0);
    }
}

static void goes_on_behind_a_short_write(void **state)
{
    uint8_t page[PAGE_SIZE_BYTES];
    CLEANUP_CLOSE int fd = new_file();
    struct flat_output out = { .fd = fd };

    (void)state;
    memset(page, 7, sizeof(page));
    write_most = 1000;
    assert_int_equal(flat_output_write(&out, 0, page, sizeof(page), NULL), 0);
    is_filled(fd, 0, 7);
}

static void says_what_the_disk_says(void **state)
{
    static const int codes[] = { ENOSPC, EIO, EDQUOT, EFBIG };
    struct xr_error err;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(codes); i++) {
        CLEANUP_CLOSE int fd = new_file();
        struct flat_output out = { .fd = fd };

        write_errno = codes[i];
        assert_int_equal(flat_output_write(&out, 0, "a", 1, &err), -codes[i]);
        assert_non_null(strstr(err.message, "cannot be written"));
        write_errno = 0;
        punch_errno = codes[i];
        punches_left = 1;
        assert_int_equal(flat_output_zero(&out, 4096, 4096, &err), -codes[i]);
        assert_non_null(strstr(err.message, "cannot be written"));
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(makes_the_file_as_long_as_it_will_be,
                               begin_output),
        cmocka_unit_test_setup(puts_zeros_where_no_hole_can_be, begin_output),
        cmocka_unit_test_setup(goes_on_behind_a_short_write, begin_output),
        cmocka_unit_test_setup(says_what_the_disk_says, begin_output),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
