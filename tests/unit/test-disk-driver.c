/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, root runs what others have written; a driver that says no, or
 * nonsense, is taken at its word; or one that never ends stops a guest for good.
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"
#include "domain/disk_driver.h"

#define ID "1afefa87-b46a-4215-9cc6-e2ed1d40cc38"

static char above[PATH_MAX / 8], folder[PATH_MAX / 4];
static struct disk_drivers drivers;
static const struct driver_disk disk = { "xvda", "/srv/a b.img", "raw" };

static int begin(void **state)
{
    (void)state;
    snprintf(above, sizeof(above), "%s/drivers.XXXXXX",
             getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
    assert_non_null(mkdtemp(above));
    snprintf(folder, sizeof(folder), "%s/disks", above);
    assert_int_equal(mkdir(folder, 0755), 0);
    drivers = (struct disk_drivers){
        .dir = folder, .limit = 60, .domid = 7, .name = "web", .checkpoint = ID,
    };
    return 0;
}

static int remove_folder(const char *path)
{
    DIR *dir = opendir(path);
    struct dirent *entry;

    assert_non_null(dir);
    while ((entry = readdir(dir)))
        if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
            unlinkat(dirfd(dir), entry->d_name, 0);
    closedir(dir);
    return rmdir(path);
}

static int end(void **state)
{
    (void)state;
    return remove_folder(folder) || remove_folder(above);
}

static void put(const char *driver, const char *body, mode_t mode)
{
    char path[PATH_MAX];
    FILE *f;

    snprintf(path, sizeof(path), "%s/%s", folder, driver);
    f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fprintf(f, "#!/bin/sh\n%s\n", body) > 0);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static int probe(struct driver_answer *out)
{
    struct xr_error err;

    return disk_driver_probe(&drivers, &disk, out, &err);
}

static void expect_why_not(const char *text)
{
    struct driver_answer answer;

    assert_int_equal(probe(&answer), -ENOENT);
    assert_non_null(strstr(answer.why_not, text));
    driver_answer_free(&answer);
}

static void the_first_that_takes_it(void **state)
{
    struct driver_answer answer;

    (void)state;
    put("10-not", "echo not this one >&2; exit 3", 0755);
    put("20-it", "[ \"$1 $2 $3\" = 'probe /srv/a b.img raw' ] || exit 1\n"
                 "echo new word; echo \"copy $2.$XR_CHECKPOINT\"\n"
                 "echo folder /srv; echo bytes 17", 0755);
    put("30-late", "echo copy other", 0755);
    put("40.not", "exit 1", 0755);
    assert_int_equal(probe(&answer), 0);
    assert_string_equal(answer.driver, "20-it");
    assert_string_equal(answer.copy, "/srv/a b.img." ID);
    assert_string_equal(answer.folder, "/srv");
    assert_int_equal(answer.bytes, 17);
    assert_string_equal(answer.why_not, "");
    driver_answer_free(&answer);
}

static void what_takes_room_of_a_pool(void **state)
{
    struct driver_answer answer;

    (void)state;
    put("10-it", "echo copy a; echo pool volume group g; echo bytes 17;"
                 "echo free 18; echo at-most 19", 0755);
    assert_int_equal(probe(&answer), 0);
    assert_string_equal(answer.pool, "volume group g");
    assert_null(answer.folder);
    assert_int_equal(answer.bytes, 17);
    assert_int_equal(answer.pool_free, 18);
    assert_int_equal(answer.at_most, 19);
    driver_answer_free(&answer);
    assert_null(answer.pool);
}

static void nobody_takes_it(void **state)
{
    (void)state;
    expect_why_not("no drivers");
    put("10-not", "exit 3", 0755);
    expect_why_not("no driver is for");
    put("20-not", "echo 'first line' >&2; printf 'because\\033 of\\n\\n' >&2\n"
                  "exit 3", 0755);
    put("30-not", "echo another >&2; exit 3", 0755);
    expect_why_not("because  of");
    put("40-fails", "echo broken >&2; exit 1", 0755);
    expect_why_not("driver 40-fails: broken");
}

static void nonsense_is_no_answer(void **state)
{
    static const char *const answers[] = {
        "true", "echo copy", "echo 'copy '", "echo 'copy -rf'",
        "echo copy a; echo bytes 17", "echo copy a; echo bytes -1",
        "echo copy a; echo 'pool '; echo bytes 1", "echo copy a; echo free -1",
        "echo copy a; echo folder /srv; echo pool p", "echo copy a; echo at-most x",
        "echo copy a; echo folder srv", "printf 'copy a\\0b\\n'",
        "echo copy a; head -c 100000 /dev/zero | tr '\\0' x",
        "printf 'copy '; head -c 5000 /dev/zero | tr '\\0' x",
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(answers); i++) {
        put("10-odd", answers[i], 0755);
        expect_why_not("cannot understand its answer");
    }
}

static void what_drivers_are_told(void **state)
{
    struct driver_answer answer;
    struct xr_error err;

    (void)state;
    drivers.lvm_snapshot_size = "5G";
    drivers.uuid = ID;
    put("own", "[ \"$XR_DOMID,$XR_NAME,$XR_WANTED,$XR_LVM_SNAPSHOT_SIZE\" = "
               "7,web,auto,5G ] || exit 4\n"
               "case $1 in drop) exit 0 ;; esac\n"
               "[ \"$XR_DEVICE$LD_PRELOAD$SECRET\" = xvda ] || exit 5\n"
               "case $*/$# in\n"
               "'take /srv/a b.img raw c d/4') ;;\n"
               "'put-back --check /srv/a b.img raw c d/5')"
               " echo folder /srv; echo bytes 17; echo more ;;\n"
               "'put-back /srv/a b.img raw c d/4') ;;\n"
               "'copy --check /srv/a b.img raw c d/5')"
               " echo copy vg/$XR_UUID; echo disk /dev/vg/it; echo more ;;\n"
               "'copy /srv/a b.img raw c d vg/'*'/5') ;;\n"
               "*) exit 6 ;; esac\n"
               "[ \"$(cat)\" = '' ]", 0755);
    assert_int_equal(setenv("SECRET", "secret", 1), 0);
    assert_int_equal(disk_driver_take(&drivers, "own", &disk, "c d", &err), 0);
    assert_int_equal(disk_driver_check(&drivers, "own", &disk, "c d", &answer,
                                       &err), 0);
    assert_string_equal(answer.folder, "/srv");
    assert_int_equal(answer.bytes, 17);
    driver_answer_free(&answer);
    assert_int_equal(disk_driver_put_back(&drivers, "own", &disk, "c d",
                                          &err), 0);
    assert_int_equal(disk_driver_ask_clone(&drivers, "own", &disk, "c d",
                                         &answer, &err), 0);
    assert_string_equal(answer.copy, "vg/" ID);
    assert_string_equal(answer.disk, "/dev/vg/it");
    assert_int_equal(disk_driver_clone(&drivers, "own", &disk, "c d",
                                          answer.copy, &err), 0);
    driver_answer_free(&answer);
    drivers.uuid = NULL;
    assert_int_equal(disk_driver_drop(&drivers, "own", "c d", &err), 0);
}

static void a_no_is_heard(void **state)
{
    struct xr_error err;

    (void)state;
    put("own", "echo 'pool is full' >&2; exit 5", 0755);
    assert_int_equal(disk_driver_take(&drivers, "own", &disk, "c", &err),
                     -EIO);
    assert_string_equal(err.message, "driver own: pool is full");
    assert_int_equal(err.reason, XR_REASON_DISK_NOT_KEPT);
    put("own", "exit 5", 0755);
    assert_int_equal(disk_driver_drop(&drivers, "own", "c", &err), -EIO);
    assert_string_equal(err.message, "driver own: exit status 5");
    put("own", "kill -9 $$", 0755);
    assert_int_equal(disk_driver_drop(&drivers, "own", "c", &err), -EIO);
}

/* What it does not say of a disk beforehand, it cannot be held to if it is killed. */
static void where_its_own_disk_will_be(void **state)
{
    static const char *const answers[] = {
        "true", "echo /new", "echo copy new", "echo copy new; echo disk new",
    };
    struct driver_answer answer;
    struct xr_error err;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(answers); i++) {
        put("own", answers[i], 0755);
        assert_int_equal(disk_driver_ask_clone(&drivers, "own", &disk, "c",
                                             &answer, &err), -EIO);
        driver_answer_free(&answer);
    }
    put("own", "echo copy /new", 0755);
    assert_int_equal(disk_driver_ask_clone(&drivers, "own", &disk, "c", &answer,
                                         &err), 0);
    assert_string_equal(answer.disk, "/new");
    driver_answer_free(&answer);
}

static void what_root_does_not_run(void **state)
{
    struct driver_answer answer;
    struct xr_error err;

    (void)state;
    assert_int_equal(disk_driver_drop(&drivers, "own", "c", &err), -ENOENT);
    assert_int_equal(disk_driver_drop(&drivers, "../own", "c", &err), -EINVAL);
    assert_int_equal(disk_driver_drop(&drivers, "", "c", &err), -EINVAL);
    put("own", "exit 0", 0757);
    assert_int_equal(disk_driver_drop(&drivers, "own", "c", &err), -EACCES);
    expect_why_not("others than root");
    put("own", "exit 0", 0755);
    assert_int_equal(chmod(folder, 0777), 0);
    assert_int_equal(disk_driver_drop(&drivers, "own", "c", &err), -EACCES);
    assert_int_equal(probe(&answer), -EACCES);
}

/* The folder can be replaced in the one above, and drivers run what is there. */
static void what_drivers_run(void **state)
{
    struct driver_answer answer;
    struct xr_error err;

    (void)state;
    put("own", "exit 0", 0755);
    put("../copy-changed", "exit 0", 0755);
    assert_int_equal(disk_driver_drop(&drivers, "own", "c", &err), 0);
    put("../copy-changed", "exit 0", 0757);
    assert_int_equal(disk_driver_drop(&drivers, "own", "c", &err), -EACCES);
    assert_non_null(strstr(err.message, "copy-changed: others than root"));
    put("../copy-changed", "exit 0", 0755);
    assert_int_equal(chmod(above, 0777), 0);
    assert_int_equal(disk_driver_drop(&drivers, "own", "c", &err), -EACCES);
    assert_int_equal(probe(&answer), -EACCES);
    assert_int_equal(chmod(above, 01777), 0);
    assert_int_equal(disk_driver_drop(&drivers, "own", "c", &err), 0);
}

static void what_is_lost(void **state)
{
    struct xr_error err;

    (void)state;
    assert_int_equal(disk_driver_find(&drivers, "own", "c", &err), -ENOENT);
    put("own", "[ \"$*\" = 'find c d' ] || exit 1", 0755);
    assert_int_equal(disk_driver_find(&drivers, "own", "c d", &err), 0);
    put("own", "echo it overflowed >&2; exit 3", 0755);
    assert_int_equal(disk_driver_find(&drivers, "own", "c", &err), -ESTALE);
    assert_string_equal(err.message, "it overflowed");
    put("own", "exit 3", 0755);
    assert_int_equal(disk_driver_find(&drivers, "own", "c", &err), -ESTALE);
    assert_string_equal(err.message, "it is gone");
    /* One that does not know the word has not lost the copy. */
    put("own", "exit 1", 0755);
    assert_int_equal(disk_driver_find(&drivers, "own", "c", &err), -EIO);
}

/* It is asked first: what holds signals back is given time to come to its end. */
static void one_that_never_ends(void **state)
{
    struct xr_error err;

    (void)state;
    drivers.limit = 1;
    put("own", "trap 'echo tidied >&2; exit 0' TERM\n"
               "while :; do sleep 0.1; done", 0755);
    assert_int_equal(disk_driver_drop(&drivers, "own", "c", &err), -EIO);
    assert_non_null(strstr(err.message, "has not ended within 1 s"));
}

/* More than a pipe holds, and what stays behind keeps the pipe open. */
static void one_that_talks(void **state)
{
    struct xr_error err;

    (void)state;
    put("own", "head -c 1000000 /dev/zero | tr '\\0' x\n"
               "head -c 1000000 /dev/zero | tr '\\0' '\\n' >&2\n"
               "echo end >&2; sleep 5 &\n"
               "exit 1", 0755);
    assert_int_equal(disk_driver_drop(&drivers, "own", "c", &err), -EIO);
    assert_string_equal(err.message, "driver own: end");
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_first_that_takes_it),
        TEST(what_takes_room_of_a_pool),
        TEST(nobody_takes_it),
        TEST(nonsense_is_no_answer),
        TEST(what_drivers_are_told),
        TEST(a_no_is_heard),
        TEST(where_its_own_disk_will_be),
        TEST(what_root_does_not_run),
        TEST(what_drivers_run),
        TEST(what_is_lost),
        TEST(one_that_never_ends),
        TEST(one_that_talks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
