/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, a guest is destroyed although there is room for one of its disks
 * only, or the disks of other guests are on a file system or pool that is full.
 */
#include "config.h"

#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

#include "engine/disk_room.h"

static char warned[512];
static int warnings;

static void note_message(void *data, enum message_level level, const char *text)
{
    (void)data;
    assert_int_equal(level, MESSAGE_WARNING);
    warnings++;
    snprintf(warned, sizeof(warned), "%s", text);
}

static const struct events events = { .message = note_message };
static struct disk_rooms rooms;
static struct xr_error err;

static int reset(void **state)
{
    (void)state;
    rooms = (struct disk_rooms){ .count = 0 };
    err = (struct xr_error){ .code = 0 };
    warnings = 0;
    return 0;
}

static int in_folder(const char *folder, uint64_t bytes)
{
    char text[64];
    const struct driver_answer answer = {
        .folder = folder ? text : NULL, .bytes = bytes,
    };

    snprintf(text, sizeof(text), "%s", folder ? folder : "");
    return disk_rooms_add(&rooms, &answer, &err);
}

static int of_pool(const char *pool, uint64_t bytes, uint64_t at_most,
                   uint64_t there)
{
    char text[64];
    const struct driver_answer answer = {
        .pool = text, .bytes = bytes, .at_most = at_most, .pool_free = there,
    };

    snprintf(text, sizeof(text), "%s", pool);
    return disk_rooms_add(&rooms, &answer, &err);
}

static void all_disks_count(void **state)
{
    struct statvfs fs;
    uint64_t most;

    (void)state;
    assert_int_equal(statvfs("/tmp", &fs), 0);
    most = (uint64_t)fs.f_bavail * fs.f_frsize / 4 * 3;
    assert_int_equal(in_folder("/tmp", most), 0);
    assert_int_equal(in_folder("/tmp", 0), 0);
    assert_int_equal(in_folder(NULL, 0), 0);
    assert_int_equal(in_folder("/tmp/.", most), -ENOSPC);
    assert_int_equal(err.reason, XR_REASON_NO_ROOM);
    assert_non_null(strstr(err.message, "all disks together need"));
    assert_int_equal(in_folder("/tmp", UINT64_MAX), -ENOSPC);
    assert_int_equal(in_folder("/no/such", 1), -ENOENT);
}

static void a_pool_counts_by_its_name(void **state)
{
    (void)state;
    assert_int_equal(of_pool("volume group a", 3 << 20, 0, 5 << 20), 0);
    assert_int_equal(of_pool("volume group b", 3 << 20, 0, 5 << 20), 0);
    assert_int_equal(of_pool("volume group a", 2 << 20, 0, 5 << 20), 0);
    assert_int_equal(of_pool("volume group a", 1, 0, 5 << 20), -ENOSPC);
    assert_int_equal(err.reason, XR_REASON_NO_ROOM);
    assert_string_equal(err.message, "all disks together need 6 MiB in volume "
                        "group a, and 5 MiB are free");
    assert_int_equal(of_pool("volume group b", UINT64_MAX, 0, 5 << 20),
                     -ENOSPC);
}

/* Whether it will be too little nobody knows: that is no refusal. */
static void what_may_get_full_is_said(void **state)
{
    (void)state;
    assert_int_equal(of_pool("thin pool g/p", 0, 3 << 20, 5 << 20), 0);
    disk_rooms_warn(&rooms, &events);
    assert_int_equal(warnings, 0);
    assert_int_equal(of_pool("thin pool g/p", 0, 3 << 20, 5 << 20), 0);
    assert_int_equal(in_folder("/tmp", 1), 0);
    disk_rooms_warn(&rooms, &events);
    assert_int_equal(warnings, 1);
    assert_string_equal(warned, "The disks may take up to 7 MiB of thin pool "
                        "g/p, which has 5 MiB: if it gets full, extend it and "
                        "give the same command again");
}

/* More than can be noted. */
static void too_many_are_refused(void **state)
{
    char pool[16];
    int i;

    (void)state;
    for (i = 0; i < DISK_ROOMS_MAX; i++) {
        snprintf(pool, sizeof(pool), "pool %d", i);
        assert_int_equal(of_pool(pool, 1, 0, 2), 0);
    }
    assert_int_equal(of_pool("another", 1, 0, 2), -E2BIG);
    assert_int_equal(of_pool("pool 3", 1, 0, 2), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(all_disks_count, reset),
        cmocka_unit_test_setup(a_pool_counts_by_its_name, reset),
        cmocka_unit_test_setup(what_may_get_full_is_said, reset),
        cmocka_unit_test_setup(too_many_are_refused, reset),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
