/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, a guest is destroyed although there is room for one of its disks
 * only, or the disks of other guests are on a file system that is full.
 */
#include "config.h"

#include "unit.h"

#include <errno.h>
#include <string.h>
#include <sys/statvfs.h>

#include "engine/disk_room.h"

static void all_disks_count(void **state)
{
    struct disk_rooms rooms = { .count = 0 };
    struct xr_error err;
    struct statvfs fs;
    uint64_t most;

    (void)state;
    assert_int_equal(statvfs("/tmp", &fs), 0);
    most = (uint64_t)fs.f_bavail * fs.f_frsize / 4 * 3;
    assert_int_equal(disk_rooms_add(&rooms, "/tmp", most, &err), 0);
    assert_int_equal(disk_rooms_add(&rooms, "/tmp", 0, &err), 0);
    assert_int_equal(disk_rooms_add(&rooms, NULL, 0, &err), 0);
    assert_int_equal(disk_rooms_add(&rooms, "/tmp/.", most, &err), -ENOSPC);
    assert_int_equal(err.reason, XR_REASON_NO_ROOM);
    assert_non_null(strstr(err.message, "all disks together need"));
    assert_int_equal(disk_rooms_add(&rooms, "/tmp", UINT64_MAX, &err),
                     -ENOSPC);
    assert_int_equal(disk_rooms_add(&rooms, "/no/such", 1, &err), -ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_disks_count),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
