/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, root runs what others have written, a guest stands still for
 * as long as a script pleases, or a script's no is not heard.
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "unit.h"
#include "domain/scripts.h"

#define LOG "told.log" /* no script's name: it has a dot */

static char folder[PATH_MAX / 4];
static char name[] = "web";
static struct judgement judgement = {
    .domain = { .domid = 32700,
                .uuid = "1afefa87-b46a-4215-9cc6-e2ed1d40cc38" },
    .name = name,
};

static int begin(void **state)
{
    (void)state;
    snprintf(folder, sizeof(folder), "%s/scripts.XXXXXX",
             getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
    assert_non_null(mkdtemp(folder));
    return 0;
}

static int end(void **state)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;

    (void)state;
    assert_non_null(dir);
    while ((entry = readdir(dir)))
        if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
            unlinkat(dirfd(dir), entry->d_name, 0);
    closedir(dir);
    return rmdir(folder);
}

/* In the folder that it stands in. */
static void put(const char *script, const char *body, mode_t mode)
{
    char path[PATH_MAX];
    FILE *f;

    snprintf(path, sizeof(path), "%s/%s", folder, script);
    f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fprintf(f, "#!/bin/sh\ncd '%s' || exit 9\n%s\n", folder, body)
                > 0);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static void expect_log(const char *text)
{
    char path[PATH_MAX], found[512] = "";
    FILE *f;

    snprintf(path, sizeof(path), "%s/" LOG, folder);
    f = fopen(path, "r");
    if (f) {
        found[fread(found, 1, sizeof(found) - 1, f)] = '\0';
        fclose(f);
    }
    assert_string_equal(found, text);
}

static int run(enum script_stage stage, unsigned int timeout,
               struct xr_error *err)
{
    const struct script_order order = {
        .dir = folder,
        .timeout = timeout,
        .image = "/tmp/web.img",
        .keep = 7,
    };

    return scripts_run(&order, stage, &judgement, err);
}

static void in_order(void **state)
{
    struct xr_error err;
    size_t count;

    (void)state;
    put("20-b", "echo b $XR_STAGE >>" LOG, 0755);
    put("10-a", "echo a $XR_NAME $XR_DOMID $XR_UUID $XR_IMAGE $XR_KEEP >>" LOG, 0700);
    put("30.disabled", "echo never >>" LOG, 0755);
    put("~backup", "echo never >>" LOG, 0755);
    assert_int_equal(scripts_examine(folder, &count, &err), 0);
    assert_int_equal(count, 2);
    assert_int_equal(run(STAGE_SUSPENDED, 20, &err), 0);
    expect_log("a web 32700 1afefa87-b46a-4215-9cc6-e2ed1d40cc38 /tmp/web.img 7\n"
               "b suspended\n");
}

static void a_no_is_heard(void **state)
{
    struct xr_error err;

    (void)state;
    put("10-no", "exit 3", 0755);
    put("20-after", "echo never >>" LOG, 0755);
    assert_int_equal(run(STAGE_PRE_SUSPEND, 20, &err), -EIO);
    assert_non_null(strstr(err.message, "10-no: exit status 3"));
    put("10-no", "kill -SEGV $$", 0755);
    assert_int_equal(run(STAGE_PRE_SUSPEND, 20, &err), -EIO);
    assert_non_null(strstr(err.message, "10-no was ended by signal 11"));
    expect_log("");
}

/* The limit is for who waits: once the guest goes on, there is a minute. */
static void slow_when_nobody_waits(void **state)
{
    struct xr_error err;

    (void)state;
    put("10-slow", "sleep 2; echo $XR_STAGE >>" LOG, 0755);
    assert_int_equal(run(STAGE_PRE_SUSPEND, 1, &err), -EIO);
    assert_non_null(strstr(err.message, "has not ended within 1 s"));
    assert_int_equal(run(STAGE_RESUMED, 1, &err), 0);
    assert_int_equal(run(STAGE_FAILED, 1, &err), 0);
    expect_log("resumed\nfailed\n");
}

/* What it has started ends with it. */
static void too_slow(void **state)
{
    struct xr_error err;

    (void)state;
    put("10-slow", "(sleep 3; echo never >>" LOG ") & sleep 1000", 0755);
    assert_int_equal(run(STAGE_SUSPENDED, 1, &err), -EIO);
    assert_non_null(strstr(err.message, "has not ended within 1 s"));
    sleep(3);
    expect_log("");
}

/* It can clean up, and one that will not be told is killed all the same. */
static void asked_to_end(void **state)
{
    struct xr_error err;
    time_t began = time(NULL);

    (void)state;
    put("10-tidy", "trap 'sleep 0.3; echo tidy >>" LOG "; exit 0' TERM\n"
                   "sleep 1000 & wait", 0755);
    assert_int_equal(run(STAGE_SUSPENDED, 1, &err), -EIO);
    assert_non_null(strstr(err.message, "has not ended within 1 s"));
    expect_log("tidy\n");
    put("10-tidy", "trap '' TERM\n"
                   "(sleep 4; echo never >>" LOG ") & sleep 1000", 0755);
    assert_int_equal(run(STAGE_SUSPENDED, 1, &err), -EIO);
    assert_true(time(NULL) - began < 8);
    sleep(4);
    expect_log("tidy\n");
}

static void nothing_of_this_process(void **state)
{
    struct xr_error err;

    (void)state;
    /* Three open fds, and that of the list itself; no word of ours. */
    put("10-look", "ls /proc/self/fd | wc -l >>" LOG "\n"
                   "echo \"$LD_PRELOAD$XR_FAULT$SECRET\" >>" LOG "\n"
                   "grep SigBlk /proc/self/status >>" LOG, 0755);
    assert_int_equal(setenv("SECRET", "secret", 1), 0);
    assert_true(dup2(1, 900) == 900);
    assert_int_equal(run(STAGE_SUSPENDED, 20, &err), 0);
    close(900);
    expect_log("4\n\nSigBlk:\t0000000000000000\n");
}

static void what_root_does_not_run(void **state)
{
    struct xr_error err;
    size_t count;

    (void)state;
    put("10-open", "echo never >>" LOG, 0757);
    assert_int_equal(scripts_examine(folder, &count, &err), -EACCES);
    assert_non_null(strstr(err.message, "others than root"));
    assert_int_equal(run(STAGE_SUSPENDED, 20, &err), -EACCES);
    put("10-open", "echo never >>" LOG, 0644);
    assert_int_equal(scripts_examine(folder, &count, &err), -EACCES);
    assert_non_null(strstr(err.message, "not executable"));
    assert_int_equal(run(STAGE_SUSPENDED, 20, &err), -EACCES);
    expect_log("");
}

static void no_folder(void **state)
{
    const struct script_order order = { .dir = "/no/such/folder" };
    struct xr_error err;
    size_t count;

    (void)state;
    assert_int_equal(scripts_examine("/no/such/folder", &count, &err),
                     -ENOENT);
    assert_int_equal(scripts_run(&order, STAGE_FAILED, &judgement, &err),
                     -ENOENT);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(in_order),
        TEST(a_no_is_heard),
        TEST(slow_when_nobody_waits),
        TEST(too_slow),
        TEST(asked_to_end),
        TEST(nothing_of_this_process),
        TEST(what_root_does_not_run),
        TEST(no_folder),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
