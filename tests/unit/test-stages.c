/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, a hook is told the wrong word of an image or a guest, is told
 * it twice or not at all, or throws away what belongs to another checkpoint.
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "domain/stage_page.h"
#include "domain/stages.h"
#include "unit.h"
#include "xen/disks.h"

#define LOG "told.log" /* no script's name: it has a dot */
#define UUID "1afefa87-b46a-4215-9cc6-e2ed1d40cc38"

static char folder[PATH_MAX / 4], image[PATH_MAX / 2];
static char name[] = "web";
static struct judgement judgement = {
    .domain = { .domid = 32700, .uuid = UUID },
    .name = name,
};

/* The only domain there is. */
static struct domain now;
static int read_result;

int domain_read(xc_interface *xch, uint32_t domid, struct domain *out,
                struct xr_error *err)
{
    (void)xch;
    (void)err;
    if (read_result)
        return read_result;
    if (domid != now.domid)
        return -ENOENT;
    *out = now;
    return 0;
}

int domain_list(xc_interface *xch, struct domain **out, size_t *count_out,
                struct xr_error *err)
{
    (void)xch;
    (void)err;
    *out = malloc(sizeof(now));
    assert_non_null(*out);
    **out = now;
    *count_out = 1;
    return 0;
}

const char *domain_state(const struct domain *domain)
{
    (void)domain;
    return "is in some state";
}

/* NULL: nobody can tell. */
static const char *disks;

char *disks_list(uint32_t domid)
{
    (void)domid;
    return disks ? strdup(disks) : NULL;
}

static int begin(void **state)
{
    (void)state;
    disks = "";
    snprintf(folder, sizeof(folder), "%s/stages.XXXXXX",
             getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
    assert_non_null(mkdtemp(folder));
    snprintf(image, sizeof(image), "%s/web.img", folder);
    now = (struct domain){ .domid = 32700, .uuid = UUID };
    read_result = 0;
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

static void read_log(char *out, size_t room)
{
    char path[PATH_MAX];
    FILE *f;

    snprintf(path, sizeof(path), "%s/" LOG, folder);
    f = fopen(path, "r");
    out[0] = '\0';
    if (!f)
        return;
    out[fread(out, 1, room - 1, f)] = '\0';
    fclose(f);
}

static void expect_log(const char *text)
{
    char found[1024];

    read_log(found, sizeof(found));
    assert_string_equal(found, text);
}

static struct stages open_stages(void)
{
    const struct stage_order order = {
        .dir = folder,
        .timeout = 20,
        .image = image,
        .keep = 7,
    };
    struct xr_error err;
    struct stages s;

    assert_int_equal(stages_open(&s, &order, &judgement, &err), 0);
    return s;
}

#define COMPLETE IMAGE_COMPLETE, FATE_RUNS, 32700
#define NO_IMAGE IMAGE_UNTOUCHED, FATE_RUNS, 32700

static void the_last_stage_is_by_the_facts(void **state)
{
    static const struct {
        enum guest_fate guest;
        enum stage with_image;
    } rows[] = {
        { FATE_RUNS, STAGE_RESUMED },      { FATE_RESTORED, STAGE_RESUMED },
        { FATE_PAUSED, STAGE_RESUMED },    { FATE_SUSPENDED, STAGE_STOPPED },
        { FATE_SHUT_DOWN, STAGE_STOPPED }, { FATE_CRASHED, STAGE_STOPPED },
        { FATE_GONE, STAGE_STOPPED },      { FATE_UNKNOWN, STAGE_STOPPED },
    };
    enum image_fate i;
    size_t g;

    (void)state;
    assert_int_equal(COUNT(rows), FATE_UNKNOWN + 1);
    for (g = 0; g < COUNT(rows); g++)
        for (i = IMAGE_NONE; i <= IMAGE_BROKEN; i++)
            assert_int_equal(stage_last(i, rows[g].guest),
                             i == IMAGE_COMPLETE ? rows[g].with_image
                                                 : STAGE_FAILED);
}

static void expect_fate(struct domain domain, enum guest_fate fate,
                        uint32_t domid)
{
    uint32_t found = 0;

    now = domain;
    assert_int_equal(guest_fate_read(NULL, &judgement.domain, &found), fate);
    assert_int_equal(found, domid);
}

static void the_guests_fate(void **state)
{
    struct domain d = judgement.domain;

    (void)state;
    expect_fate(d, FATE_RUNS, 32700);
    d.paused = true;
    expect_fate(d, FATE_PAUSED, 32700);
    d.shutdown = true;
    d.shutdown_reason = SHUTDOWN_suspend;
    expect_fate(d, FATE_SUSPENDED, 32700);
    d.shutdown_reason = SHUTDOWN_crash;
    expect_fate(d, FATE_CRASHED, 32700);
    d.shutdown_reason = SHUTDOWN_reboot;
    expect_fate(d, FATE_SHUT_DOWN, 32700);
    d.dying = true;
    expect_fate(d, FATE_GONE, 32700);
    d = judgement.domain;
    d.domid = 32701;
    expect_fate(d, FATE_RESTORED, 32701);
    d.uuid[0] = '2';
    expect_fate(d, FATE_GONE, 32700);
    d.domid = 32700; /* another guest has its number by now */
    expect_fate(d, FATE_GONE, 32700);
    read_result = -EIO;
    expect_fate(d, FATE_UNKNOWN, 32700);
}

static void what_scripts_are_told(void **state)
{
    struct stages s = open_stages();
    char expected[1024], body[PATH_MAX];
    struct xr_error err;

    (void)state;
    put("10-tell", "echo \"$XR_STAGE,$XR_STAGES,$XR_NAME,$XR_DOMID,$XR_UUID,"
                   "$XR_KEEP,$XR_IMAGE_STATE,$XR_GUEST_STATE\" >>" LOG);
    snprintf(body, sizeof(body), "[ $XR_CHECKPOINT = %s ] && "
             "[ \"$XR_IMAGE\" = '%s' ]", s.page->id, image);
    put("20-look", body);
    assert_int_equal(stages_begin(&s, &err), 0);
    assert_int_equal(stages_suspended(&s, &err), 0);
    assert_int_equal(stages_end(&s, IMAGE_COMPLETE, FATE_RESTORED, 32701,
                                &err), 0);
    stages_close(&s);
    snprintf(expected, sizeof(expected),
             "pre-suspend,,web,32700,%s,7,,\n"
             "suspended,pre-suspend,web,32700,%s,7,,\n"
             "resumed,pre-suspend suspended,web,32701,%s,7,complete,"
             "restored\n", UUID, UUID, UUID);
    expect_log(expected);
}

static void one_last_stage(void **state)
{
    struct stages s = open_stages();
    struct xr_error err;

    (void)state;
    put("10-tell", "echo $XR_STAGE >>" LOG);
    assert_int_equal(stages_begin(&s, &err), 0);
    assert_int_equal(stages_end(&s, COMPLETE, &err), 0);
    assert_int_equal(stages_end(&s, NO_IMAGE, &err), 0);
    stages_close(&s);
    expect_log("pre-suspend\nresumed\n");
}

/* One that says no is not asked again. */
static void the_last_stage_fails_once(void **state)
{
    struct stages s = open_stages();
    struct xr_error err;

    (void)state;
    put("10-tell", "echo $XR_STAGE >>" LOG "; [ $XR_STAGE != stopped ]");
    assert_int_equal(stages_begin(&s, &err), 0);
    assert_int_equal(stages_end(&s, IMAGE_COMPLETE, FATE_SUSPENDED, 32700,
                                &err), -EIO);
    assert_int_equal(stages_end(&s, NO_IMAGE, &err), 0);
    stages_close(&s);
    expect_log("pre-suspend\nstopped\n");
}

static void never_begun_never_failed(void **state)
{
    struct stages s = open_stages();
    struct stages none = STAGES_NONE;
    struct xr_error err;

    (void)state;
    put("10-tell", "echo $XR_STAGE >>" LOG);
    assert_int_equal(stages_end(&s, NO_IMAGE, &err), 0);
    assert_int_equal(stages_end(&none, NO_IMAGE, &err), 0);
    stages_close(&s);
    stages_close(&none);
    expect_log("");
}

/* What one script has begun another's no does not undo. */
static void failed_in_part(void **state)
{
    struct stages s = open_stages();
    struct xr_error err;

    (void)state;
    put("10-tell", "echo $XR_STAGE $XR_IMAGE_STATE >>" LOG);
    put("20-no", "[ $XR_STAGE != pre-suspend ]");
    assert_int_equal(stages_begin(&s, &err), -EIO);
    assert_non_null(strstr(err.message, "20-no"));
    assert_int_equal(stages_end(&s, NO_IMAGE, &err), 0);
    stages_close(&s);
    expect_log("pre-suspend\nfailed untouched\n");
}

/* Who is told of none keeps none, and says that all is well. */
static void nobody_knows_the_disks(void **state)
{
    static char many[STAGE_DISKS_MAX + 1];
    struct stages s = open_stages();
    struct xr_error err;

    (void)state;
    put("10-tell", "echo $XR_STAGE \"$XR_DISKS\" >>" LOG);
    disks = "xvda w phy /dev/a";
    assert_int_equal(stages_begin(&s, &err), 0);
    disks = NULL;
    assert_int_equal(stages_suspended(&s, &err), -EIO);
    assert_non_null(strstr(err.message, "disks cannot be listed"));
    disks = memset(many, 'x', sizeof(many) - 1);
    assert_int_equal(stages_suspended(&s, &err), -E2BIG);
    assert_int_equal(stages_end(&s, NO_IMAGE, &err), 0);
    stages_close(&s);
    expect_log("pre-suspend xvda w phy /dev/a\nfailed xvda w phy /dev/a\n");
}

/* The limit is for who waits: at the last stage there is a minute. */
static void slow_when_nobody_waits(void **state)
{
    struct stages s = open_stages();
    struct xr_error err;

    (void)state;
    s.order.timeout = 1;
    put("10-slow", "[ $XR_STAGE = failed ] || sleep 1000\n"
                   "sleep 2; echo $XR_STAGE >>" LOG);
    assert_int_equal(stages_begin(&s, &err), -EIO);
    assert_non_null(strstr(err.message, "has not ended within 1 s"));
    assert_int_equal(stages_end(&s, NO_IMAGE, &err), 0);
    stages_close(&s);
    expect_log("failed\n");
}

/* In another process, as in libxl-save-helper. */
static void join_and_suspend(const struct request *request)
{
    const struct stage_order order = {
        .dir = folder,
        .timeout = 20,
        .keep = request->keep,
    };
    struct xr_error err;
    struct stages s;

    _exit(stages_join(&s, &order, request, &judgement, &err)
          || stages_suspended(&s, &err));
}

static int wait_status(pid_t child)
{
    int status;

    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void the_save_door_joins(void **state)
{
    struct request request = REQUEST_NONE;
    struct stages s = open_stages();
    char body[256];
    struct xr_error err;
    pid_t child;

    (void)state;
    snprintf(body, sizeof(body), "[ $XR_CHECKPOINT = %s ] && [ $XR_KEEP = 7 ] "
             "&& echo $XR_STAGE, $XR_STAGES >>" LOG, s.page->id);
    put("10-tell", body);
    assert_int_equal(stages_announce(&s, &request, &err), 0);
    assert_false(fcntl(s.fd, F_GETFD) & FD_CLOEXEC);
    assert_int_equal(stages_begin(&s, &err), 0);
    child = fork();
    if (!child)
        join_and_suspend(&request);
    assert_int_equal(wait_status(child), 0);
    assert_int_equal(stages_end(&s, COMPLETE, &err), 0);
    stages_hide(&s);
    assert_true(fcntl(s.fd, F_GETFD) & FD_CLOEXEC);
    stages_close(&s);
    expect_log("pre-suspend,\nsuspended, pre-suspend\n"
               "resumed, pre-suspend suspended\n");
}

/* Nothing announced, or another fd than was: it has a state of its own. */
static void nothing_to_join(void **state)
{
    struct stages s = open_stages(), own = STAGES_NONE;
    const struct stage_order order = { .dir = folder };
    struct request requests[] = {
        REQUEST_NONE,
        { .checkpoint = UUID },
        { .checkpoint = "" },
        { .stages_fd = s.fd },
        { .checkpoint = s.page->id },
        { .checkpoint = s.page->id, .stages_fd = -1 },
        { .checkpoint = s.page->id, .stages_fd = 4711 },
    };
    struct xr_error err;
    size_t i;

    (void)state;
    requests[1].stages_fd = requests[2].stages_fd = s.fd;
    for (i = 0; i < COUNT(requests); i++) {
        assert_int_equal(stages_join(&own, &order, &requests[i], &judgement,
                                     &err), 0);
        assert_string_not_equal(own.page->id, UUID);
        assert_string_not_equal(own.page->id, s.page->id);
        stages_close(&own);
    }
    stages_close(&s);
}

/* The script goes on when who ran it was killed: what comes after it, waits. */
static void killed_at_pre_suspend(void **state)
{
    struct stages s = open_stages();
    struct xr_error err;
    pid_t child;

    (void)state;
    put("10-tell", "if [ $XR_STAGE = pre-suspend ]; then kill -9 $PPID\n"
                   "sleep 0.5; fi; echo $XR_STAGE >>" LOG);
    put("20-tell", "echo 20 $XR_STAGE >>" LOG);
    child = fork();
    if (!child)
        _exit(stages_begin(&s, &err));
    assert_int_equal(WTERMSIG(wait_status(child)), SIGKILL);
    assert_int_equal(stages_end(&s, NO_IMAGE, &err), 0);
    stages_close(&s);
    expect_log("pre-suspend\nfailed\n20 failed\n");
}

/* Its facts are not looked at again, and no script is run twice. */
static void killed_at_the_last_stage(void **state)
{
    struct stages s = open_stages();
    struct xr_error err;
    pid_t child;

    (void)state;
    put("10-tell", "echo 10 $XR_STAGE >>" LOG);
    put("20-kill", "[ $XR_STAGE != resumed ] || kill -9 $PPID\n"
                   "echo 20 $XR_STAGE >>" LOG);
    put("30-tell", "echo \"30 $XR_STAGE $XR_GUEST_STATE $XR_DOMID\" >>" LOG);
    assert_int_equal(stages_begin(&s, &err), 0);
    child = fork();
    if (!child)
        _exit(stages_end(&s, IMAGE_COMPLETE, FATE_RUNS, 5, &err));
    assert_int_equal(WTERMSIG(wait_status(child)), SIGKILL);
    assert_int_equal(stages_end(&s, IMAGE_COMPLETE, FATE_GONE, 6, &err), 0);
    stages_close(&s);
    expect_log("10 pre-suspend\n20 pre-suspend\n30 pre-suspend  32700\n"
               "10 resumed\n20 resumed\n30 resumed runs 5\n");
}

/* It is waited for as long as it lives, however it ends. */
static void the_saver_is_waited_for(void **state)
{
    struct stages s = open_stages();
    const struct stage_order order = { .dir = folder };
    struct request request = REQUEST_NONE;
    struct xr_error err;
    int wire[2];
    pid_t child;
    char byte;

    (void)state;
    assert_int_equal(stages_announce(&s, &request, &err), 0);
    stages_wait_for_saver(&s); /* there is none */
    assert_int_equal(pipe(wire), 0);
    child = fork();
    if (!child) {
        struct stages joined;

        if (stages_join(&joined, &order, &request, &judgement, &err)
            || write(wire[1], "", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    assert_int_equal(read(wire[0], &byte, 1), 1);
    assert_true(stage_page_saver(s.fd));
    kill(child, SIGKILL);
    stages_wait_for_saver(&s);
    assert_false(stage_page_saver(s.fd));
    wait_status(child);
    close(wire[0]);
    close(wire[1]);
    stages_close(&s);
}

static void make(const char *path)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    fclose(f);
}

static void the_image_has_its_name(void **state)
{
    struct stages s = open_stages();
    char temporary[PATH_MAX];
    struct stat st;

    (void)state;
    snprintf(temporary, sizeof(temporary), "%s.new", image);
    assert_int_equal(image_fate_without_new(image), IMAGE_NONE);
    assert_int_equal(image_fate_without_new("-"), IMAGE_NONE);
    assert_int_equal(image_fate_without_new(NULL), IMAGE_NONE);
    make(image);
    make(temporary);
    assert_int_equal(image_fate_without_new(image), IMAGE_UNTOUCHED);
    assert_int_equal(image_fate_without_new(folder), IMAGE_NONE);
    assert_int_equal(stat(temporary, &st), 0);
    assert_false(stages_image_is_in_place(&s));
    stages_image_is(&s, &st);
    assert_false(stages_image_is_in_place(&s));
    assert_int_equal(rename(temporary, image), 0);
    assert_true(stages_image_is_in_place(&s));
    stages_close(&s);
    assert_false(stages_image_is_in_place(&s));
    s = open_stages();
    stages_image_is(&s, NULL);
    assert_true(stages_image_is_in_place(&s));
    stages_close(&s);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_last_stage_is_by_the_facts),
        TEST(the_guests_fate),
        TEST(what_scripts_are_told),
        TEST(one_last_stage),
        TEST(the_last_stage_fails_once),
        TEST(never_begun_never_failed),
        TEST(failed_in_part),
        TEST(nobody_knows_the_disks),
        TEST(slow_when_nobody_waits),
        TEST(the_save_door_joins),
        TEST(nothing_to_join),
        TEST(killed_at_pre_suspend),
        TEST(killed_at_the_last_stage),
        TEST(the_saver_is_waited_for),
        TEST(the_image_has_its_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
