/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, a hook is told of a way back that it was none, twice or not at all;
 * or puts back what nobody wanted back.
 */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "domain/way_stages.h"
#include "unit.h"

#define LOG "told.log" /* no script's name: it has a dot */
#define TELL "echo \"$XR_STAGE,$XR_STAGES,$XR_DOMID,$XR_GUEST_STATE\" >>" LOG

static char folder[PATH_MAX / 4];

static int begin(void **state)
{
    (void)state;
    snprintf(folder, sizeof(folder), "%s/way.XXXXXX",
             getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
    return mkdtemp(folder) ? 0 : -1;
}

static int end(void **state)
{
    char command[PATH_MAX];

    (void)state;
    snprintf(command, sizeof(command), "rm -rf '%s'", folder);
    return system(command);
}

/* In the folder that it stands in. */
static void put(const char *script, const char *body)
{
    char path[PATH_MAX];
    FILE *f;

    snprintf(path, sizeof(path), "%s/%s", folder, script);
    f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fprintf(f, "#!/bin/sh\ncd '%s' || exit 9\n%s\n", folder, body)
                > 0);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chmod(path, 0755), 0);
}

static void expect_log(const char *text)
{
    char path[PATH_MAX], found[1024] = "";
    FILE *f;

    snprintf(path, sizeof(path), "%s/" LOG, folder);
    f = fopen(path, "r");
    if (f) {
        found[fread(found, 1, sizeof(found) - 1, f)] = '\0';
        fclose(f);
    }
    assert_string_equal(found, text);
}

static struct way_stages open_way(void)
{
    const struct way_order order = {
        .dir = folder,
        .timeout = 20,
        .image = "/srv/web.img",
        .checkpoint = "an-id",
        .name = "web",
        .uuid = "a-uuid",
        .disks = "xvda w - /dev/vg0/web\nxvdb r - /srv/a b.raw",
        .wish = "back",
    };
    struct way_stages w;

    assert_int_equal(way_open(&w, &order, NULL), 0);
    return w;
}

static void what_hooks_are_told(void **state)
{
    struct way_stages w = open_way();
    struct xr_error err;

    (void)state;
    put("10-tell", TELL);
    put("20-look", "[ \"$XR_CHECKPOINT,$XR_NAME,$XR_UUID,$XR_IMAGE\" = "
                   "an-id,web,a-uuid,/srv/web.img ] || exit 1\n"
                   "[ \"$XR_RESTORE_DISKS\" = back ] || exit 2\n"
                   "[ \"$XR_DISKS\" = 'xvda w - /dev/vg0/web\n"
                   "xvdb r - /srv/a b.raw' ]");
    assert_int_equal(way_begin(&w, 7, &err), 0);
    assert_int_equal(way_put_back(&w, &err), 0);
    assert_int_equal(way_end(&w, FATE_RESTORED, 8, &err), 0);
    way_close(&w);
    expect_log("pre-restore,,7,\n"
               "put-back,pre-restore,,\n"
               "restored,pre-restore put-back,8,restored\n");
}

/* By the facts, and once. */
static void the_last_stage(void **state)
{
    static const enum guest_fate fates[] = {
        FATE_RUNS, FATE_GONE, FATE_UNKNOWN,
    };
    char expected[200] = "";
    struct xr_error err;
    size_t i;

    (void)state;
    put("10-tell", "[ $XR_STAGE = pre-restore ] || " TELL);
    for (i = 0; i < COUNT(fates); i++) {
        struct way_stages w = open_way();

        assert_int_equal(way_begin(&w, 7, &err), 0);
        assert_int_equal(way_end(&w, fates[i], 7, &err), 0);
        assert_int_equal(way_end(&w, FATE_RESTORED, 8, &err), 0);
        way_close(&w);
        snprintf(expected + strlen(expected),
                 sizeof(expected) - strlen(expected),
                 "restore-failed,pre-restore,7,%s\n",
                 guest_fate_name(fates[i]));
    }
    expect_log(expected);
}

/* What never begun has no end, and nobody fails for want of memory for it. */
static void never_begun(void **state)
{
    struct way_stages w = open_way(), none = { .page = NULL };
    struct xr_error err;

    (void)state;
    put("10-tell", TELL);
    assert_int_equal(way_end(&w, FATE_GONE, 0, &err), 0);
    assert_int_equal(way_begin(&none, 0, &err), 0);
    assert_int_equal(way_put_back(&none, &err), 0);
    assert_int_equal(way_end(&none, FATE_GONE, 0, &err), 0);
    way_close(&w);
    expect_log("");
}

static void a_no_is_heard(void **state)
{
    struct way_stages w = open_way();
    struct xr_error err;

    (void)state;
    put("10-tell", TELL "; [ $XR_STAGE != put-back ]");
    put("20-tell", "echo 20 $XR_STAGE >>" LOG);
    assert_int_equal(way_begin(&w, 0, &err), 0);
    assert_int_equal(way_put_back(&w, &err), -EIO);
    assert_int_equal(err.reason, XR_REASON_HOOK_FAILED);
    assert_non_null(strstr(err.message, "10-tell"));
    assert_int_equal(way_end(&w, FATE_GONE, 0, &err), 0);
    way_close(&w);
    expect_log("pre-restore,,,\n20 pre-restore\n"
               "put-back,pre-restore,,\n"
               "restore-failed,pre-restore put-back,,gone\n"
               "20 restore-failed\n");
}

/* The heir waits for the script, and ends it all in the killed one's place. */
static void killed_while_they_put_back(void **state)
{
    struct way_stages w = open_way();
    struct xr_error err;
    pid_t child;
    int status;

    (void)state;
    put("10-tell", "if [ $XR_STAGE = put-back ]; then kill -9 $PPID\n"
                   "sleep 0.5; fi; echo $XR_STAGE >>" LOG);
    child = fork();
    if (!child)
        _exit(way_begin(&w, 0, &err) || way_put_back(&w, &err));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(WTERMSIG(status), SIGKILL);
    assert_int_equal(way_end(&w, FATE_GONE, 0, &err), 0);
    way_close(&w);
    expect_log("pre-restore\nput-back\nrestore-failed\n");
}

/* Its facts are not looked at again, and no script is run twice. */
static void killed_at_the_last_stage(void **state)
{
    struct way_stages w = open_way();
    struct xr_error err;
    pid_t child;
    int status;

    (void)state;
    put("10-tell", "echo 10 $XR_STAGE >>" LOG);
    put("20-kill", "[ $XR_STAGE != restored ] || kill -9 $PPID");
    put("30-tell", "echo 30 $XR_STAGE $XR_DOMID >>" LOG);
    child = fork();
    if (!child)
        _exit(way_begin(&w, 0, &err)
              || way_end(&w, FATE_RESTORED, 8, &err));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(WTERMSIG(status), SIGKILL);
    assert_int_equal(way_end(&w, FATE_GONE, 0, &err), 0);
    way_close(&w);
    expect_log("10 pre-restore\n30 pre-restore\n10 restored\n30 restored 8\n");
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_hooks_are_told),
        TEST(the_last_stage),
        TEST(never_begun),
        TEST(a_no_is_heard),
        TEST(killed_while_they_put_back),
        TEST(killed_at_the_last_stage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
