/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, a guest goes on from memory that does not belong to its disk:
 * a disk that somebody has written to, or another one, is taken for the same.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"
#include "domain/disk_facts.h"

static char folder[PATH_MAX / 4], path[PATH_MAX / 2];

static int begin(void **state)
{
    int fd;

    (void)state;
    snprintf(folder, sizeof(folder), "%s/facts.XXXXXX",
             getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/web.img", folder);
    fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "disk", 4), 4);
    close(fd);
    return 0;
}

static int end(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

static void set_time(time_t seconds, long ns)
{
    const struct timespec times[2] = {
        { .tv_sec = seconds, .tv_nsec = ns },
        { .tv_sec = seconds, .tv_nsec = ns },
    };

    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

/* Of a server that is dead; the large file's stat(2) has another name. */
int __real_stat(const char *name, struct stat *out);
int __real_stat64(const char *name, struct stat *out);
int __wrap_stat(const char *name, struct stat *out);
int __wrap_stat64(const char *name, struct stat *out);

static void wait_for_server(const char *name)
{
    while (strstr(name, "dead"))
        pause();
}

int __wrap_stat(const char *name, struct stat *out)
{
    wait_for_server(name);
    return __real_stat(name, out);
}

int __wrap_stat64(const char *name, struct stat *out)
{
    wait_for_server(name);
    return __real_stat64(name, out);
}

/* Else a save, or a migration away from this host, waits for ever. */
static void of_a_dead_server(void **state)
{
    unsigned int little = 10, much = 60000;
    struct disk_facts facts, now;
    struct xr_error err;

    (void)state;
    assert_int_equal(disk_facts_read_within("/dead/cd.iso", &little, &facts,
                                            &err), -ETIMEDOUT);
    assert_non_null(strstr(err.message, "/dead/cd.iso: its server"));
    assert_int_equal(disk_facts_read_within(path, &much, &facts, &err), 0);
    assert_int_equal(disk_facts_read(path, &now, &err), 0);
    assert_int_equal(facts.size, now.size);
    assert_string_equal(facts.id, now.id);
    assert_int_equal(facts.mtime.tv_nsec, now.mtime.tv_nsec);
    assert_int_equal(disk_facts_read_within("/no/such", &much, &facts, &err),
                     -ENOENT);
    assert_int_equal(disk_facts_read_within(folder, &much, &facts, &err),
                     -EINVAL);
}

static void of_a_file(void **state)
{
    struct disk_facts facts;
    struct xr_error err;
    struct stat st;
    char id[64];

    (void)state;
    set_time(1000, 7);
    assert_int_equal(stat(path, &st), 0);
    snprintf(id, sizeof(id), "inode:%ju", (uintmax_t)st.st_ino);
    assert_int_equal(disk_facts_read(path, &facts, &err), 0);
    assert_false(facts.is_device);
    assert_int_equal(facts.size, 4);
    assert_int_equal(facts.mtime.tv_sec, 1000);
    assert_int_equal(facts.mtime.tv_nsec, 7);
    assert_string_equal(facts.id, id);
}

static void of_nothing(void **state)
{
    struct disk_facts facts;
    struct xr_error err;

    (void)state;
    assert_int_equal(disk_facts_read("/no/such", &facts, &err), -ENOENT);
    assert_int_equal(disk_facts_read("/dev/null", &facts, &err), -EINVAL);
    assert_int_equal(disk_facts_read(folder, &facts, &err), -EINVAL);
    strcat(path, "/x"); /* of a file no folder */
    assert_int_equal(disk_facts_read(path, &facts, &err), -ENOENT);
    path[strlen(path) - 2] = '\0';
}

static enum disk_likeness likeness(struct disk_facts then,
                                   struct disk_facts now)
{
    const char *why;
    enum disk_likeness likeness = disk_facts_compare(&then, &now, &why);

    assert_int_equal(likeness == DISK_CHANGED, why != NULL);
    return likeness;
}

static void what_is_the_same(void **state)
{
    const struct disk_facts file = { .size = 5, .mtime = { 7, 8 },
                                     .id = "inode:1" };
    const struct disk_facts device = { .is_device = true, .size = 5,
                                       .id = "lvm:A" };
    struct disk_facts other;

    (void)state;
    other = file;
    strcpy(other.id, "inode:2"); /* a copy with its times */
    assert_int_equal(likeness(file, other), DISK_SAME);
    other.mtime.tv_nsec++;
    assert_int_equal(likeness(file, other), DISK_CHANGED);
    other = file;
    other.size++;
    assert_int_equal(likeness(file, other), DISK_CHANGED);
    other = file;
    other.mtime = (struct timespec){ 0 };
    assert_int_equal(likeness(other, file), DISK_NOT_TOLD);
    assert_int_equal(likeness(device, device), DISK_NOT_TOLD);
    other = device;
    strcpy(other.id, "lvm:B");
    assert_int_equal(likeness(device, other), DISK_CHANGED);
    other.id[0] = '\0';
    assert_int_equal(likeness(device, other), DISK_NOT_TOLD);
    other.size++;
    assert_int_equal(likeness(device, other), DISK_CHANGED);
    assert_int_equal(likeness(device, file), DISK_CHANGED);
}

/* The record's keys are set anew in place: all times are of one length. */
static void times(void **state)
{
    static const struct timespec some[] = {
        { 0, 0 }, { 1796018750, 123456789 }, { -1, 999999999 },
        { 253402300799, 5 },
    };
    static const char *const bad[] = {
        "", "2026-11-30", "2026-11-30T06:05:50.1234567890Z",
        "2026-11-31T06:05:50.123456789Z", "2026-11-30T06:05:50.12345678Z",
        "2026-11-30T06:05:50.123456789z", "+026-11-30T06:05:50.123456789Z",
        "2026-11-30 06:05:50.123456789Z", "2026-11-30T24:05:50.123456789Z",
    };
    const struct timespec beyond = { INT64_MAX, 0 };
    char text[DISK_TIME_SIZE];
    struct timespec back;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(some); i++) {
        disk_time_print(&some[i], text);
        assert_int_equal(strlen(text), DISK_TIME_SIZE - 1);
        assert_true(disk_time_parse(text, &back));
        assert_int_equal(back.tv_sec, some[i].tv_sec);
        assert_int_equal(back.tv_nsec, some[i].tv_nsec);
    }
    disk_time_print(&some[1], text);
    assert_string_equal(text, "2026-11-30T06:05:50.123456789Z");
    disk_time_print(&beyond, text);
    assert_int_equal(strlen(text), DISK_TIME_SIZE - 1);
    for (i = 0; i < COUNT(bad); i++)
        assert_false(disk_time_parse(bad[i], &back));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(of_a_file, begin, end),
        cmocka_unit_test_setup_teardown(of_a_dead_server, begin, end),
        cmocka_unit_test_setup_teardown(of_nothing, begin, end),
        cmocka_unit_test(what_is_the_same),
        cmocka_unit_test(times),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
