/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, prune removes what it must not: the last image that is sound, a
 * file that is not an image of the series, or one that was replaced meanwhile.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"
#include "domain/lock_file.h"
#include "engine/image_remove.h"
#include "engine/prune.h"
#include "stream_builder.h"

static char dir[] = "/tmp/test-prune.XXXXXX";
static char said[4096];
static const char *replace_while; /* a file that is replaced at call replace_at */
static int calls, replace_at;
static int stop_after;            /* calls of progress; 0: never */

static const char *in_dir(const char *name)
{
    static char path[4096];

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    return path;
}

static void write_image(const char *name, const char *guest)
{
    char record[128];
    const struct image_plan plan = {
        .container = 'x', .metadata = true, .record = record, .pages = 4,
    };
    struct buffer b = { 0 };
    int fd;

    snprintf(record, sizeof(record), "domain.name=%s", guest);
    build_image(&b, &plan);
    fd = open(in_dir(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, b.data, b.length), b.length);
    close(fd);
    buffer_free(&b);
}

/* Its head can be read all the same. */
static void damage(const char *name)
{
    struct stat st;

    assert_int_equal(stat(in_dir(name), &st), 0);
    assert_int_equal(truncate(in_dir(name), st.st_size - 100), 0);
}

static bool is_there(const char *name)
{
    struct stat st;

    return !lstat(in_dir(name), &st);
}

static void on_message(void *data, enum message_level level, const char *text)
{
    size_t n = strlen(said);

    (void)data;
    (void)level;
    snprintf(said + n, sizeof(said) - n, "%s\n", text);
}

static int on_progress(void *data, uint64_t done, uint64_t total)
{
    (void)data;
    (void)done;
    (void)total;
    calls++;
    if (replace_while && calls == replace_at) {
        assert_int_equal(unlink(in_dir(replace_while)), 0);
        write_image(replace_while, "web");
        replace_while = NULL;
    }
    return stop_after && !--stop_after;
}

static const struct events events = {
    .message = on_message, .progress = on_progress,
};

static int run(unsigned int last, bool dry_run, struct pruning *out,
               struct xr_error *err)
{
    const struct prune_options options = {
        .dir = dir,
        .retention = { .keep = { [RETENTION_LAST] = last } },
        .dry_run = dry_run,
    };

    *said = '\0';
    return prune(&options, &events, out, err);
}

static void run_well(unsigned int last)
{
    struct pruning p = { .images = NULL };

    assert_int_equal(run(last, false, &p, NULL), 0);
    assert_int_equal(p.first.code, 0);
    pruning_free(&p);
}

#define FILE_OF(day) "web/2020-11-" day "T030005Z.img"

static int setup(void **state)
{
    (void)state;
    snprintf(dir + strlen(dir) - 6, 7, "XXXXXX");
    if (!mkdtemp(dir))
        return -1;
    setenv("XR_RUN_DIR", in_dir(".locks"), 1);
    setenv("XR_CONFIG", in_dir(".conf"), 1);
    setenv("XR_COPIES_DIR", in_dir(".copies"), 1);
    if (mkdir(in_dir("web"), 0700) || mkdir(in_dir("mail"), 0700))
        return -1;
    write_image(FILE_OF("24"), "web");
    write_image(FILE_OF("25"), "web");
    write_image(FILE_OF("26"), "web");
    write_image(FILE_OF("27"), "web");
    write_image("mail/2020-11-27T030005Z.img", "mail");
    replace_while = NULL;
    stop_after = 0;
    return 0;
}

static int teardown(void **state)
{
    char command[4200];

    (void)state;
    snprintf(command, sizeof(command), "rm -rf %s", dir);
    return system(command); /* NOLINT(cert-env33-c): a path of our own */
}

static void expect_left(const char *const *days, size_t count)
{
    static const char *const all[] = { "24", "25", "26", "27" };
    char name[64];
    size_t i, j;

    for (i = 0; i < COUNT(all); i++) {
        bool wanted = false;

        for (j = 0; j < count; j++)
            wanted = wanted || !strcmp(all[i], days[j]);
        snprintf(name, sizeof(name), "web/2020-11-%sT030005Z.img", all[i]);
        if (is_there(name) != wanted)
            fail_msg("%s: %s", name, said);
    }
    assert_true(is_there("mail/2020-11-27T030005Z.img"));
}

#define LEFT(...) \
    expect_left((const char *const[]){ __VA_ARGS__ }, \
                COUNT(((const char *const[]){ __VA_ARGS__ })))

static void each_guest_by_itself(void **state)
{
    (void)state;
    run_well(2);
    LEFT("26", "27");
    run_well(1);
    LEFT("27");
    run_well(1);
    LEFT("27");
}

static void a_dry_run_removes_nothing(void **state)
{
    struct pruning p = { .images = NULL };

    (void)state;
    assert_int_equal(run(1, true, &p, NULL), 0);
    assert_int_equal(p.list.count, 5);
    assert_int_equal(p.images[1].fate, PRUNE_REMOVED);
    assert_int_equal(p.images[4].fate, PRUNE_KEPT);
    assert_true(p.images[4].newest_sound);
    pruning_free(&p);
    LEFT("24", "25", "26", "27");
}

/* The rules count a damaged image, too; the newest sound one stays beside. */
static void the_newest_sound_one_stays(void **state)
{
    (void)state;
    damage(FILE_OF("27"));
    damage(FILE_OF("26"));
    run_well(1);
    LEFT("25", "27");
    assert_non_null(strstr(said, FILE_OF("26") " is not sound\n"));
    run_well(1);
    LEFT("25", "27");
}

/* If there is none, whatever is left may be the best there is. */
static void nothing_goes_where_none_is_sound(void **state)
{
    struct pruning p = { .images = NULL };

    (void)state;
    damage(FILE_OF("24"));
    damage(FILE_OF("25"));
    damage(FILE_OF("26"));
    damage(FILE_OF("27"));
    assert_int_equal(run(1, false, &p, NULL), 0);
    assert_int_equal(p.first.reason, XR_REASON_NOT_SOUND);
    assert_int_equal(p.images[1].fate, PRUNE_STAYS);
    pruning_free(&p);
    LEFT("24", "25", "26", "27");

    /* A clock was wrong: nobody knows of when that one is. */
    write_image("web/2999-11-27T030005Z.img", "web");
    assert_int_equal(run(1, false, &p, NULL), 0);
    assert_int_equal(p.first.reason, XR_REASON_NOT_SOUND);
    pruning_free(&p);
    assert_true(is_there("web/2999-11-27T030005Z.img"));
    assert_int_equal(unlink(in_dir("web/2999-11-27T030005Z.img")), 0);
    LEFT("24", "25", "26", "27");
}

/* What the rules keep anyway is not read to its end. */
static void nothing_is_verified_for_nothing(void **state)
{
    (void)state;
    damage(FILE_OF("27"));
    run_well(4);
    assert_string_equal(said, "");
}

static void what_is_not_of_the_series_stays(void **state)
{
    static const char *const others[] = {
        "web/before-update.img", "web/2020-11-01T030005Z.img.1",
        "web/notes", "web/2020-11-02T030005Z.img", "web.img",
        "web/2020-11-03T030005Z.img", "web/sub/2020-11-03T030005Z.img",
        ".hidden/2020-11-03T030005Z.img",
    };
    size_t i;
    int fd;

    (void)state;
    assert_int_equal(mkdir(in_dir("web/sub"), 0700), 0);
    assert_int_equal(mkdir(in_dir(".hidden"), 0700), 0);
    for (i = 0; i < COUNT(others); i++)
        write_image(others[i], "web");
    /* Another guest's image, and no image at all, with names of the series. */
    write_image("web/2020-11-02T030005Z.img", "mail");
    fd = open(in_dir("web/2020-11-03T030005Z.img"), O_WRONLY | O_TRUNC
                                                    | O_CLOEXEC);
    assert_int_equal(write(fd, "text", 4), 4);
    close(fd);
    assert_int_equal(symlink("before-update.img",
                             in_dir("web/2020-11-04T030005Z.img")), 0);
    run_well(1);
    LEFT("27");
    for (i = 0; i < COUNT(others); i++)
        assert_true(is_there(others[i]));
    assert_true(is_there("web/2020-11-04T030005Z.img"));
    assert_non_null(strstr(said, "02T030005Z.img is not touched: it is not an "
                           "image of web\n"));
    assert_non_null(strstr(said, "03T030005Z.img is not touched: not a "));
}

/* Another one was put in its place after it had been looked at. */
static void what_was_replaced_stays(void **state)
{
    struct pruning p = { .images = NULL };

    (void)state;
    /* The last four calls are one before each of its images is left or removed: all
     * have been looked at by then, in whatever order the folder has them. */
    calls = 0;
    assert_int_equal(run(2, true, &p, NULL), 0);
    pruning_free(&p);
    replace_at = calls - 3;
    calls = 0;
    replace_while = FILE_OF("25");
    assert_int_equal(run(2, false, &p, NULL), 0);
    assert_int_equal(p.first.reason, XR_REASON_LOCKED);
    pruning_free(&p);
    LEFT("25", "26", "27");
}

static void an_image_that_is_gone_is_gone(void **state)
{
    struct stat st;

    (void)state;
    assert_int_equal(stat(in_dir(FILE_OF("24")), &st), 0);
    assert_int_equal(image_remove(in_dir(FILE_OF("24")), &st, &events, NULL), 0);
    assert_int_equal(image_remove(in_dir(FILE_OF("24")), &st, &events, NULL), 0);
    assert_int_equal(image_remove(in_dir(FILE_OF("25")), &st, &events, NULL), -EBUSY);
    LEFT("25", "26", "27");
}

/* Whenever it is stopped, or killed, the oldest are gone, and the next one ends
   the work. */
static void stopped_at_any_time(void **state)
{
    bool stopped = true;
    int n;

    (void)state;
    for (n = 1; stopped; n++) {
        struct pruning p = { .images = NULL };
        struct xr_error err;
        int r;

        write_image(FILE_OF("24"), "web");
        write_image(FILE_OF("25"), "web");
        stop_after = n;
        r = run(2, false, &p, &err);
        stopped = r == -ECANCELED;
        assert_true(stopped || !r);
        assert_true(is_there(FILE_OF("25")) || !is_there(FILE_OF("24")));
        assert_true(is_there(FILE_OF("26")) && is_there(FILE_OF("27")));
        pruning_free(&p);
        stop_after = 0;
    }
    assert_true(n > 4);
    LEFT("26", "27");
}

static void only_one_at_a_time(void **state)
{
    struct pruning p = { .images = NULL };
    struct xr_error err;
    int lock, fd;

    (void)state;
    fd = open(in_dir(".conf"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(write(fd, "lock_timeout = 0\n", 17), 17);
    close(fd);
    lock = lock_file_open("prune", true, NULL);
    assert_true(lock >= 0 && lock_file_lock(lock, LOCK_BYTE_OPERATION));
    assert_int_equal(run(1, false, &p, &err), -EBUSY);
    assert_int_equal(err.reason, XR_REASON_LOCKED);
    pruning_free(&p);
    LEFT("24", "25", "26", "27");
    lock_file_remove("prune");
    close(lock);
    run_well(1);
    LEFT("27");
}

/* Of checkpoints that were killed; each had a name of its own. */
static void unfinished_files_go(void **state)
{
    static const char left[] = "web/.2020-11-20T030005Z.img.abcdefghijkl.partial";

    (void)state;
    write_image(left, "web");
    write_image("web/.mine.img.abcdefghijkl.partial", "web");
    run_well(9);
    assert_false(is_there(left));
    assert_true(is_there("web/.mine.img.abcdefghijkl.partial"));
    assert_non_null(strstr(said, "1 unfinished file in "));
}

int main(void)
{
#define TEST(function) \
    cmocka_unit_test_setup_teardown(function, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(each_guest_by_itself),
        TEST(a_dry_run_removes_nothing),
        TEST(the_newest_sound_one_stays),
        TEST(nothing_goes_where_none_is_sound),
        TEST(nothing_is_verified_for_nothing),
        TEST(what_is_not_of_the_series_stays),
        TEST(what_was_replaced_stays),
        TEST(an_image_that_is_gone_is_gone),
        TEST(stopped_at_any_time),
        TEST(only_one_at_a_time),
        TEST(unfinished_files_go),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
