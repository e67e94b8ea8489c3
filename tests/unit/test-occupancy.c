/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a file occupies and shares, as file systems of several kinds say it.  If this
 * fails, show says of images that share their blocks that each has its own.
 */
#include "config.h"

#include "unit.h"

#include <errno.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/fiemap.h>
#include <linux/fs.h>

#include "lib/occupancy.h"
#include "util/cleanup.h"

/* A file of so many extents of 4 KiB with a hole behind each; every third is shared. */
static unsigned int extents, calls;
static int failure;

int __wrap_ioctl(int fd, unsigned long what, ...);

int __wrap_ioctl(int fd, unsigned long what, ...)
{
    struct fiemap *map;
    uint64_t i;
    va_list ap;

    (void)fd;
    va_start(ap, what);
    map = va_arg(ap, struct fiemap *);
    va_end(ap);
    assert_true(what == FS_IOC_FIEMAP);
    calls++;
    if (failure) {
        errno = failure;
        return -1;
    }
    map->fm_mapped_extents = 0;
    for (i = (map->fm_start + 8191) / 8192;
         i < extents && map->fm_mapped_extents < map->fm_extent_count; i++)
        map->fm_extents[map->fm_mapped_extents++] = (struct fiemap_extent){
            .fe_logical = i * 8192,
            .fe_length = 4096,
            .fe_flags = (i % 3 ? 0 : FIEMAP_EXTENT_SHARED)
                        | (i + 1 == extents ? FIEMAP_EXTENT_LAST : 0),
        };
    return 0;
}

static void expect(int fd, uint64_t bytes, uint64_t shared)
{
    struct occupancy found;

    calls = 0;
    assert_int_equal(occupancy_read(fd, &found, NULL), 0);
    assert_int_equal(found.bytes, bytes);
    assert_int_equal(found.shared, shared);
}

static void adds_all_extents(void **state)
{
    CLEANUP_CLOSE int fd = memfd_create("file", MFD_CLOEXEC);

    (void)state;
    extents = 0;
    expect(fd, 0, 0);
    extents = 1;
    expect(fd, 4096, 4096);
    extents = 1000;
    expect(fd, 1000 * 4096, 334 * 4096);
    assert_int_equal(calls, 4);
}

static void asks_stat_where_nobody_knows(void **state)
{
    CLEANUP_CLOSE int fd = memfd_create("file", MFD_CLOEXEC);
    struct stat st;

    (void)state;
    assert_int_equal(ftruncate(fd, 1 << 20), 0);
    assert_int_equal(pwrite(fd, "x", 1, 5000), 1);
    assert_int_equal(fstat(fd, &st), 0);
    failure = EOPNOTSUPP;
    expect(fd, (uint64_t)st.st_blocks * 512, OCCUPANCY_UNKNOWN);
    failure = 0;
    /* More extents than anybody waits for. */
    extents = 100 << 20;
    expect(fd, (uint64_t)st.st_blocks * 512, OCCUPANCY_UNKNOWN);
    assert_true(calls < 10000);
}

static void knows_nothing_of_a_pipe(void **state)
{
    struct occupancy found;
    int ends[2];

    (void)state;
    assert_int_equal(pipe(ends), 0);
    expect(ends[0], OCCUPANCY_UNKNOWN, OCCUPANCY_UNKNOWN);
    assert_int_equal(calls, 0);
    close(ends[0]);
    close(ends[1]);
    assert_int_equal(occupancy_read(-1, &found, NULL), -EBADF);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(adds_all_extents),
        cmocka_unit_test(asks_stat_where_nobody_knows),
        cmocka_unit_test(knows_nothing_of_a_pipe),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
