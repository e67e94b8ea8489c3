/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, a disk that the guest writes to is passed over without a word;
 * a path that a driver domain has chosen is taken for one of this host's; or the
 * record says of a disk what was not so when the guest stood still.
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

#include "unit.h"
#include "domain/device_model.h"
#include "domain/disk_plan.h"
#include "domain/plan_text.h"
#include "domain/stages.h"
#include "fake_xen.h"
#include "xen/store.h"

#define ID "1afefa87-b46a-4215-9cc6-e2ed1d40cc38"
#define LIBXL "/libxl/7/device/vbd/"
#define LOCAL "/local/domain/0/backend/"

static char folder[PATH_MAX / 4], drivers_folder[PATH_MAX / 4 + 8];
static struct store *store;
static struct disk_drivers drivers;

/* QEMU does as it is told. */
static int flushes, wakes;
static bool qemu_is_there, kill_at_flush;

bool device_model_flush(const char *dir, uint32_t domid, char *text,
                        size_t room)
{
    (void)dir;
    assert_int_equal(domid, 7);
    flushes++;
    if (kill_at_flush)
        kill(getpid(), SIGKILL);
    snprintf(text, room, "it is gone");
    return qemu_is_there;
}

static bool qemu_answers;

bool device_model_answers(const char *dir, uint32_t domid, char *text,
                          size_t room)
{
    (void)dir;
    assert_int_equal(domid, 7);
    snprintf(text, room, "it is silent");
    return qemu_answers;
}

bool device_model_go_on(const char *dir, uint32_t domid)
{
    (void)dir;
    assert_int_equal(domid, 7);
    wakes++;
    return true;
}

bool device_model_is_stopped(const char *dir, uint32_t domid)
{
    (void)dir;
    (void)domid;
    return false;
}

enum device_model_answer device_model_ask(const char *dir, uint32_t domid,
                                          char *text, size_t room)
{
    (void)dir;
    (void)domid;
    snprintf(text, room, "%s", "");
    return DEVICE_MODEL_SILENT;
}

/* In one of a few buffers. */
static const char *at(const char *name)
{
    static char paths[8][PATH_MAX];
    static unsigned int next;
    char *path = paths[next++ % COUNT(paths)];

    snprintf(path, PATH_MAX, "%s/%s", folder, name);
    return path;
}

static void put(const char *path, const char *text, mode_t mode)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static int begin(void **state)
{
    char driver[PATH_MAX];

    (void)state;
    snprintf(folder, sizeof(folder), "%s/plan.XXXXXX",
             getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
    assert_non_null(mkdtemp(folder));
    snprintf(drivers_folder, sizeof(drivers_folder), "%s.d", folder);
    assert_int_equal(mkdir(drivers_folder, 0755), 0);
    snprintf(driver, sizeof(driver), "%s/own", drivers_folder);
    put(driver, "#!/bin/sh\n"
        "case $1 in\n"
        "probe) case $2 in *no*) echo it says no >&2; exit 3 ;; esac\n"
        "       case $2 in *lv*)\n"
        "         pool=${2##*/lv}; echo \"copy $2.xr\"\n"
        "         echo \"pool group ${pool%%-*}\"; echo bytes 6000000\n"
        "         echo free 10000000; exit 0 ;;\n"
        "       esac\n"
        "       echo \"copy $2.xr\"; echo \"folder ${2%/*}\"; echo bytes 9 ;;\n"
        "take) cp -p \"$2\" \"$4\" ;;\n"
        "*) exit 1 ;; esac\n", 0755);
    fake_reset();
    store = store_open();
    assert_non_null(store);
    drivers = (struct disk_drivers){
        .dir = drivers_folder, .limit = 60, .domid = 7, .checkpoint = ID,
    };
    flushes = 0;
    qemu_is_there = qemu_answers = true;
    return 0;
}

static void remove_all(const char *name)
{
    DIR *dir = opendir(name);
    struct dirent *entry;

    assert_non_null(dir);
    while ((entry = readdir(dir)))
        if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
            unlinkat(dirfd(dir), entry->d_name, 0);
    closedir(dir);
    assert_int_equal(rmdir(name), 0);
}

static int end(void **state)
{
    (void)state;
    store_close(store);
    remove_all(folder);
    remove_all(drivers_folder);
    return 0;
}

static void set_node(const char *dir, const char *node, const char *value)
{
    char path[256];

    snprintf(path, sizeof(path), "%s/%s", dir, node);
    fake_store_set_path(path, value);
}

/* A disk by its number; its backend is Domain-0's, or another's. */
static void add_disk(const char *number, const char *backend, const char *dev,
                     const char *mode, const char *type, const char *params)
{
    char own[128], dir[128];

    snprintf(own, sizeof(own), LIBXL "%s", number);
    fake_store_set_path(own, "");
    snprintf(dir, sizeof(dir), "%s/%s", backend, number);
    set_node(own, "backend", dir);
    if (strncmp(backend, LOCAL, strlen(LOCAL)))
        snprintf(dir, sizeof(dir), "%s", own);
    set_node(dir, "dev", dev);
    set_node(dir, "mode", mode);
    set_node(dir, "type", type);
    set_node(dir, "params", params);
}

static void make(const struct disk_drivers *who, struct disk_plan *out)
{
    struct xr_error err;

    assert_int_equal(disk_plan_make(store, 7, who, out, &err), 0);
}

static void expect_key(const struct keylist *keys, const char *key,
                       const char *value)
{
    const char *is = keylist_get(keys, key);

    if (!value)
        assert_null(is);
    else
        assert_string_equal(is ? is : key, value);
}

static void a_guest_of_many_disks(void **state)
{
    CLEANUP_DISK_PLAN struct disk_plan plan = { 0 };
    CLEANUP_KEYLIST struct keylist keys = { 0 };
    char params[PATH_MAX];
    struct xr_error err;

    (void)state;
    put(at("a b.img"), "root", 0600);
    put(at("no.img"), "data!", 0600);
    put(at("cd.iso"), "cd", 0600);
    add_disk("1", LOCAL "vbd/7", "xvda", "w", "phy", at("a b.img"));
    snprintf(params, sizeof(params), "qcow2:%s", at("no.img"));
    add_disk("2", LOCAL "qdisk/7", "xvdb", "w", "qdisk", params);
    snprintf(params, sizeof(params), "aio:%s", at("cd.iso"));
    add_disk("3", LOCAL "qdisk/7", "hdc", "r", "qdisk", params);
    add_disk("4", LOCAL "qdisk/7", "hdd", "r", "qdisk", "");
    add_disk("5", "/local/domain/5/backend/vbd/7", "xvde", "w", "phy",
             at("a b.img"));
    add_disk("6", LOCAL "vbd/7", "xvdf", "w", "phy", "/no/such");
    add_disk("7", LOCAL "vbd/7", "../x", "w", "phy", at("a b.img"));
    add_disk("8", LOCAL "vbd/7", "xvdh", "w", "phy", at("a b.img"));
    make(&drivers, &plan);
    assert_int_equal(plan.count, 6);
    assert_int_equal(disk_plan_written(&plan), 5);
    assert_int_equal(disk_plan_kept(&plan), 1);
    assert_string_equal(plan.items[1].why_not, "it says no");
    assert_non_null(strstr(plan.items[3].why_not, "driver domain"));
    assert_non_null(strstr(plan.items[4].why_not, "No such file"));
    assert_string_equal(plan.items[5].why_not, "it is the same disk as xvda");
    assert_int_equal(disk_plan_to_keys(&plan, &keys, &err), 0);
    expect_key(&keys, "disk.xvda.kind", "file");
    expect_key(&keys, "disk.xvda.target", at("a b.img"));
    expect_key(&keys, "disk.xvda.format", "raw");
    expect_key(&keys, "disk.xvda.mode", "w");
    expect_key(&keys, "disk.xvda.size", "00000000000000000004");
    expect_key(&keys, "disk.xvda.driver", "own");
    expect_key(&keys, "disk.xvda.copy", at("a b.img.xr"));
    expect_key(&keys, "disk.xvdb.format", "qcow2");
    expect_key(&keys, "disk.xvdb.target", at("no.img"));
    expect_key(&keys, "disk.xvdb.mtime", NULL); /* QEMU may write to it yet */
    expect_key(&keys, "disk.xvdb.driver", NULL);
    expect_key(&keys, "disk.hdc.format", "raw");
    expect_key(&keys, "disk.hdc.mode", "r");
    assert_non_null(keylist_get(&keys, "disk.hdc.mtime"));
    expect_key(&keys, "disk.hdd.kind", NULL);
    expect_key(&keys, "disk.xvde.kind", "other");
    expect_key(&keys, "disk.xvde.size", NULL);
    expect_key(&keys, "disk.xvdf.kind", "other");
}

/* Each of two fits, and both do not: that is seen while the guest runs. */
static void a_pool_has_room_for_one(void **state)
{
    static const char *const names[] = { "lvA-1", "lvA-2", "lvB-3", "a.img" };
    CLEANUP_DISK_PLAN struct disk_plan plan = { 0 };
    char number[8], dev[8];
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(names); i++) {
        put(at(names[i]), "data", 0600);
        snprintf(number, sizeof(number), "%zu", i);
        snprintf(dev, sizeof(dev), "xvd%c", (char)('a' + i));
        add_disk(number, LOCAL "vbd/7", dev, "w", "phy", at(names[i]));
    }
    make(&drivers, &plan);
    assert_int_equal(plan.count, 4);
    assert_int_equal(disk_plan_kept(&plan), 3);
    assert_null(plan.items[1].driver);
    assert_null(plan.items[1].copy);
    assert_string_equal(plan.items[1].why_not, "there is no room for its copy: "
                        "with it the copies take 12 MiB of group A, which has "
                        "9 MiB");
    /* A snapshot takes no time, whatever its size. */
    assert_int_equal(plan.items[0].bytes, 0);
    assert_int_equal(plan.items[3].bytes, 9);
}

/* Another script than Xen's own gives the target a meaning of its own. */
static void set_up_by_a_script(void **state)
{
    CLEANUP_DISK_PLAN struct disk_plan plan = { 0 };

    (void)state;
    put(at("a.img"), "root", 0600);
    add_disk("1", LOCAL "vbd/7", "xvda", "w", "phy", at("a.img"));
    set_node(LOCAL "vbd/7/1", "script", "/etc/xen/scripts/block-iscsi");
    add_disk("2", LOCAL "vbd/7", "xvdb", "w", "phy", at("a.img"));
    set_node(LOCAL "vbd/7/2", "script", "/etc/xen/scripts/block");
    make(NULL, &plan);
    assert_false(plan.items[0].here);
    assert_true(plan.items[1].here);
    assert_null(plan.items[1].driver);
}

static void who_cannot_read_says_so(void **state)
{
    struct disk_plan plan = { 0 };
    struct xr_error err;
    int n, r = -1;

    (void)state;
    put(at("a.img"), "root", 0600);
    add_disk("1", LOCAL "vbd/7", "xvda", "w", "phy", at("a.img"));
    for (n = 1; r; n++) {
        fake.calls = 0;
        fake.fail_call = n;
        r = disk_plan_make(store, 7, NULL, &plan, &err);
        assert_true(r == 0 || r == -EIO);
        assert_true(n < 50);
    }
    assert_true(n > 3);
    disk_plan_free(&plan);
}

static void too_many_for_a_record(void **state)
{
    CLEANUP_DISK_PLAN struct disk_plan plan = { 0 };
    CLEANUP_KEYLIST struct keylist keys = { 0 };
    char number[8], dev[16], target[3001];
    struct xr_error err;
    int i;

    (void)state;
    memset(target, 'x', sizeof(target) - 1);
    target[0] = '/';
    target[sizeof(target) - 1] = '\0';
    for (i = 0; i < 9; i++) {
        snprintf(number, sizeof(number), "%d", i);
        snprintf(dev, sizeof(dev), "xvd%c", 'a' + i);
        add_disk(number, LOCAL "vbd/7", dev, "w", "phy", target);
    }
    make(NULL, &plan);
    assert_int_equal(disk_plan_to_keys(&plan, &keys, &err), -E2BIG);
    assert_int_equal(keys.count, 0);
}

/* As the helper does it, which has nothing but the text. */
static void carried_out_by_another(void **state)
{
    CLEANUP_DISK_PLAN struct disk_plan plan = { 0 };
    CLEANUP_PLAN_TEXT struct plan_text text = { .drivers.dir = NULL };
    CLEANUP_BUFFER struct buffer printed = { 0 };
    char params[PATH_MAX];
    struct xr_error err;
    struct stat st;

    (void)state;
    put(at("a,=\\.img"), "root", 0640);
    snprintf(params, sizeof(params), "aio:%s", at("a,=\\.img"));
    add_disk("1", LOCAL "qdisk/7", "xvda", "w", "qdisk", params);
    drivers.lvm_snapshot_size = "5G";
    drivers.required = true;
    make(&drivers, &plan);
    assert_int_equal(plan_text_print(&plan, &drivers, &printed, &err), 0);
    assert_int_equal(plan_text_parse(printed.data, printed.length, &text,
                                     &err), 0);
    assert_string_equal(text.drivers.dir, drivers_folder);
    assert_string_equal(text.drivers.lvm_snapshot_size, "5G");
    assert_int_equal(text.drivers.limit, 60);
    assert_true(text.drivers.required);
    assert_int_equal(text.plan.count, 1);
    assert_int_equal(text.plan.items[0].bytes, 9);
    assert_true(text.plan.items[0].by_qemu);
    assert_null(keylist_get(&text.record, "plan.dir"));
    text.drivers.domid = 7;
    qemu_is_there = false;
    assert_int_equal(disk_plan_take(&text.plan, &text.drivers, &err), -EIO);
    assert_int_equal(err.reason, XR_REASON_DISK_NOT_KEPT);
    assert_true(stat(at("a,=\\.img.xr"), &st) < 0);
    qemu_is_there = true;
    assert_int_equal(disk_plan_take(&text.plan, &text.drivers, &err), 0);
    assert_int_equal(flushes, 2);
    assert_int_equal(stat(at("a,=\\.img.xr"), &st), 0);
    assert_int_equal(disk_plan_sync(&text.plan, &err), 0);
}

/* Who saves is killed between QEMU's "stop" and "cont". */
static void a_kill_leaves_no_qemu_stopped(void **state)
{
    struct judgement j = {
        .domain = { .domid = 7 }, .name = (char *)"web", .type = GUEST_PVH,
    };
    const struct stage_order order = { .dir = NULL };
    CLEANUP_DISK_PLAN struct disk_plan plan = { 0 };
    struct stages s = STAGES_NONE;
    char params[PATH_MAX];
    struct xr_error err;
    pid_t child;
    int status;

    (void)state;
    put(at("a.img"), "root", 0600);
    snprintf(params, sizeof(params), "aio:%s", at("a.img"));
    add_disk("1", LOCAL "qdisk/7", "xvda", "w", "qdisk", params);
    make(&drivers, &plan);
    assert_int_equal(stages_open(&s, &order, &j, &err), 0);
    assert_int_equal(stages_plan_disks(&s, &plan, &drivers, &err), 0);
    kill_at_flush = true;
    child = fork();
    if (!child)
        _exit(stages_keep_disks(&s, &err) ? 1 : 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    kill_at_flush = false;
    wakes = 0;
    stages_wake_qemu(&s);
    stages_wake_qemu(&s);
    assert_int_equal(wakes, 1);
    /* One that was not killed has done it itself. */
    assert_int_equal(stages_keep_disks(&s, &err), 0);
    stages_wake_qemu(&s);
    assert_int_equal(wakes, 1);
    stages_close(&s);
    assert_true(disk_plan_wake(&plan, 7));
}

/* What would fail while the guest stands still is told beforehand. */
static void a_silent_qemu(void **state)
{
    CLEANUP_DISK_PLAN struct disk_plan plan = { 0 };
    char params[PATH_MAX];

    (void)state;
    put(at("a.img"), "root", 0600);
    snprintf(params, sizeof(params), "aio:%s", at("a.img"));
    add_disk("1", LOCAL "qdisk/7", "xvda", "w", "qdisk", params);
    qemu_answers = false;
    make(&drivers, &plan);
    assert_int_equal(disk_plan_kept(&plan), 0);
    assert_non_null(strstr(plan.items[0].why_not, "flush it: it is silent"));
    assert_false(plan.items[0].is_timed);
}

/* Put back, the disk has the copy's time: that is what the record says. */
static void facts_are_those_of_the_copy(void **state)
{
    CLEANUP_DISK_PLAN struct disk_plan plan = { 0 };
    const struct timespec times[2] = { { 5, 6 }, { 7, 8 } };
    struct xr_error err;

    (void)state;
    put(at("a.img"), "root", 0600);
    put(at("b.img"), "root", 0600);
    add_disk("1", LOCAL "vbd/7", "xvda", "w", "phy", at("a.img"));
    add_disk("2", LOCAL "vbd/7", "xvdb", "r", "phy", at("b.img"));
    make(&drivers, &plan);
    assert_int_equal(disk_plan_take(&plan, &drivers, &err), 0);
    assert_int_equal(flushes, 0);
    assert_int_equal(utimensat(AT_FDCWD, at("a.img.xr"), times, 0), 0);
    assert_int_equal(utimensat(AT_FDCWD, at("b.img"), times, 0), 0);
    assert_int_equal(disk_plan_read_facts(&plan, &err), 0);
    assert_int_equal(plan.items[0].facts.mtime.tv_sec, 7);
    assert_true(plan.items[1].facts.mtime.tv_sec > 7); /* of what cannot change */
    unlink(at("b.img"));
    assert_int_equal(disk_plan_read_facts(&plan, &err), 0);
    unlink(at("a.img"));
    assert_int_equal(disk_plan_read_facts(&plan, &err), -ENOENT);
}

/* A CD that is ejected, or a disk whose server has gone, ends no checkpoint. */
static void a_disk_that_nobody_keeps_is_gone(void **state)
{
    CLEANUP_DISK_PLAN struct disk_plan plan = { 0 };
    CLEANUP_PLAN_TEXT struct plan_text text = { .drivers.dir = NULL };
    CLEANUP_BUFFER struct buffer printed = { 0 };
    CLEANUP_KEYLIST struct keylist keys = { 0 };
    const struct timespec times[2] = { { 5, 6 }, { 7, 8 } };
    struct xr_error err;

    (void)state;
    put(at("no.img"), "data!", 0600);
    put(at("cd.iso"), "cd", 0600);
    assert_int_equal(utimensat(AT_FDCWD, at("cd.iso"), times, 0), 0);
    add_disk("1", LOCAL "vbd/7", "xvda", "w", "phy", at("no.img"));
    add_disk("2", LOCAL "vbd/7", "xvdb", "r", "phy", at("cd.iso"));
    make(&drivers, &plan);
    assert_int_equal(plan_text_print(&plan, &drivers, &printed, &err), 0);
    assert_int_equal(plan_text_parse(printed.data, printed.length, &text,
                                     &err), 0);
    unlink(at("no.img"));
    unlink(at("cd.iso"));
    assert_int_equal(disk_plan_read_facts(&text.plan, &err), 0);
    assert_int_equal(disk_plan_to_keys(&text.plan, &keys, &err), 0);
    expect_key(&keys, "disk.xvda.size", "00000000000000000005");
    expect_key(&keys, "disk.xvda.mtime", "1970-01-01T00:00:00.000000000Z");
    expect_key(&keys, "disk.xvdb.size", "00000000000000000002");
    expect_key(&keys, "disk.xvdb.mtime", "1970-01-01T00:00:07.000000008Z");
}

static void on_the_stages_page(void **state)
{
    CLEANUP_DISK_PLAN struct disk_plan plan = { 0 };
    CLEANUP_KEYLIST struct keylist facts = { 0 };
    const struct judgement judgement = { .domain = { .domid = 7 } };
    const struct stage_order order = { .timeout = 60 };
    struct stages s = STAGES_NONE;
    struct xr_error err;

    (void)state;
    put(at("a.img"), "root", 0600);
    add_disk("1", LOCAL "vbd/7", "xvda", "w", "phy", at("a.img"));
    make(&drivers, &plan);
    assert_int_equal(stages_open(&s, &order, &judgement, &err), 0);
    assert_int_equal(stages_keep_disks(&s, &err), 0); /* no plan: nothing */
    assert_false(stages_settle_disks(&s));
    assert_int_equal(stages_disk_facts(&s, &facts, &err), -ENOENT);
    assert_int_equal(stages_record_keys(&s, &facts, &err), -ENOENT);
    assert_int_equal(stages_plan_disks(&s, &plan, &drivers, &err), 0);
    assert_int_equal(stages_record_keys(&s, &facts, &err), 0);
    expect_key(&facts, "disk.xvda.driver", "own");
    keylist_free(&facts);
    assert_int_equal(stages_disk_facts(&s, &facts, &err), -ENOENT);
    assert_true(stages_settle_disks(&s));
    assert_int_equal(stages_keep_disks(&s, &err), 0);
    assert_false(stages_disks_failed(&s, NULL));
    assert_int_equal(stages_disk_facts(&s, &facts, &err), 0);
    assert_int_equal(facts.count, 2);
    expect_key(&facts, "disk.xvda.size", "00000000000000000004");
    assert_non_null(keylist_get(&facts, "disk.xvda.mtime"));
    unlink(at("a.img"));
    assert_int_equal(stages_keep_disks(&s, &err), -EIO);
    assert_true(stages_disks_failed(&s, &err));
    assert_int_equal(err.reason, XR_REASON_DISK_NOT_KEPT);
    assert_non_null(strstr(err.message, "xvda: driver own: "));
    stages_close(&s);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_guest_of_many_disks),
        TEST(a_pool_has_room_for_one),
        TEST(set_up_by_a_script),
        TEST(who_cannot_read_says_so),
        TEST(too_many_for_a_record),
        TEST(carried_out_by_another),
        TEST(a_silent_qemu),
        TEST(a_kill_leaves_no_qemu_stopped),
        TEST(facts_are_those_of_the_copy),
        TEST(a_disk_that_nobody_keeps_is_gone),
        TEST(on_the_stages_page),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
