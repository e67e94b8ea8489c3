/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A saved guest's memory for programs: xr_memory_read() and xr_memory_ranges().  If
 * this fails, they get other bytes than the guest had, or lose a descriptor.
 */
#include "config.h"

#include "unit.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xenresumable.h>

#include "memory_guest.h"
#include "util/cleanup.h"
#include "util/io.h"

static const struct guest_plan plan = { .hvm = true, .container = 'x' };

static int make_file(void)
{
    int fd = memfd_create("image", MFD_CLOEXEC);
    CLEANUP_BUFFER struct buffer b = { 0 };

    guest_image(&b, &plan);
    assert_int_equal(write_full(fd, "before", 6, NULL), 0);
    assert_int_equal(write_full(fd, b.data, b.length, NULL), 0);
    assert_int_equal(lseek(fd, 6, SEEK_SET), 6);
    return fd;
}

/* The next descriptor that would be taken. */
static int next_fd(void)
{
    int fd = dup(0);

    close(fd);
    return fd;
}

/* The caller closes its descriptor, or moves it: that is no matter. */
static void reads_every_page(void **state)
{
    uint8_t expected[GUEST_PAGE], page[GUEST_PAGE];
    struct xr_save *save = NULL;
    struct xr_error err;
    uint64_t number;
    int fd = make_file();

    (void)state;
    assert_int_equal(xr_save_from_fd(fd, &save, &err), 0);
    lseek(fd, 0, SEEK_END);
    close(fd);
    for (number = 0; number < GUEST_PAGES; number++) {
        int r = xr_memory_read(save, number * GUEST_PAGE, page, GUEST_PAGE,
                               &err);

        if (guest_page(&plan, number, expected) == GUEST_NONE) {
            assert_int_equal(r, -ENXIO);
            continue;
        }
        assert_int_equal(r, 0);
        assert_memory_equal(page, expected, GUEST_PAGE);
    }
    xr_save_free(save);
}

static void lists_all_ranges(void **state)
{
    const struct xr_memory_range *ranges = NULL, *again = NULL;
    CLEANUP_CLOSE int fd = make_file();
    uint8_t page[GUEST_PAGE];
    struct xr_save *save = NULL;
    uint64_t number = 0, end;
    size_t count = 0, i;

    (void)state;
    assert_int_equal(xr_save_from_fd(fd, &save, NULL), 0);
    assert_int_equal(xr_memory_ranges(save, &ranges, &count, NULL), 0);
    for (i = 0; i < count; i++) {
        for (; number < ranges[i].address / GUEST_PAGE; number++)
            assert_int_equal(guest_page(&plan, number, page), GUEST_NONE);
        end = (ranges[i].address + ranges[i].length) / GUEST_PAGE;
        for (; number < end; number++)
            assert_int_not_equal(guest_page(&plan, number, page), GUEST_NONE);
    }
    assert_int_equal(number, GUEST_PAGES);
    assert_int_equal(xr_memory_ranges(save, &again, &count, NULL), 0);
    assert_ptr_equal(ranges, again);
    xr_save_free(save);
}

static void says_what_cannot_be(void **state)
{
    const struct xr_memory_range *ranges;
    CLEANUP_CLOSE int fd = make_file();
    struct xr_save *save = NULL;
    struct xr_error err;
    size_t count;
    char byte;

    (void)state;
    assert_int_equal(xr_memory_read(NULL, 0, &byte, 1, &err), -EINVAL);
    assert_int_equal(err.reason, XR_REASON_USAGE);
    assert_int_equal(xr_memory_ranges(NULL, &ranges, &count, &err), -EINVAL);
    assert_int_equal(xr_save_from_fd(fd, &save, &err), 0);
    assert_int_equal(xr_memory_read(save, 0, NULL, 1, &err), -EINVAL);
    assert_int_equal(xr_memory_read(save, 0, NULL, 0, &err), 0);
    assert_int_equal(xr_memory_ranges(save, NULL, &count, &err), -EINVAL);
    assert_int_equal(xr_memory_ranges(save, &ranges, NULL, &err), -EINVAL);
    xr_save_free(save);
}

/* What stands before the pages is whole; the pages are not. */
static void says_that_it_is_cut_off(void **state)
{
    CLEANUP_CLOSE int fd = make_file();
    struct xr_save *save = NULL;
    struct xr_error err;
    char byte;

    (void)state;
    assert_int_equal(ftruncate(fd, 100000), 0);
    assert_int_equal(xr_save_from_fd(fd, &save, &err), 0);
    assert_int_equal(xr_memory_read(save, 0, &byte, 1, &err), -ENODATA);
    assert_int_equal(err.reason, XR_REASON_NOT_SOUND);
    assert_int_equal(xr_memory_read(save, 0, &byte, 1, &err), -ENODATA);
    xr_save_free(save);
}

static void reads_no_pipe(void **state)
{
    CLEANUP_BUFFER struct buffer b = { 0 };
    struct xr_save *save = NULL;
    struct xr_error err;
    int ends[2];
    char byte;

    (void)state;
    guest_image(&b, &plan);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write_full(ends[1], b.data, 8192, NULL), 0);
    assert_int_equal(xr_save_from_fd(ends[0], &save, &err), 0);
    assert_int_equal(xr_memory_read(save, 0, &byte, 1, &err), -ESPIPE);
    xr_save_free(save);
    close(ends[0]);
    close(ends[1]);
}

static void keeps_no_descriptor(void **state)
{
    const struct xr_memory_range *ranges;
    CLEANUP_CLOSE int fd = make_file();
    struct xr_save *save = NULL;
    int before = next_fd();
    size_t count;

    (void)state;
    assert_int_equal(xr_save_from_fd(fd, &save, NULL), 0);
    assert_int_equal(xr_memory_ranges(save, &ranges, &count, NULL), 0);
    xr_save_free(save);
    assert_int_equal(next_fd(), before);
    lseek(fd, 0, SEEK_SET);
    assert_true(xr_save_from_fd(fd, &save, NULL) < 0);
    assert_int_equal(next_fd(), before);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_page),
        cmocka_unit_test(lists_all_ranges),
        cmocka_unit_test(says_what_cannot_be),
        cmocka_unit_test(says_that_it_is_cut_off),
        cmocka_unit_test(reads_no_pipe),
        cmocka_unit_test(keeps_no_descriptor),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
