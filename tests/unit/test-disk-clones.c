/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, disks that were made for a domain go while it, or whoever may want it
 * again, has them; or they stay for ever when it has gone.
 */
#include "config.h"

#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "domain/clone_mark.h"
#include "domain/lock.h"
#include "engine/copies_ledger.h"
#include "engine/disk_clones.h"
#include "engine/disk_use.h"
#include "engine/rollback_note.h"
#include "util/cleanup.h"
#include "util/fault.h"
#include "xen/domain.h"

#define UUID "aaaaaaaa-0000-4000-8000-00000000000a"
#define CHECKPOINT "bbbbbbbb-0000-4000-8000-00000000000b"

enum { STEPS_MAX = 30 };

static char dir[PATH_MAX / 8];
static char said[8192];
static bool domain_is_there;
static const char *held;      /* a path that some domain has */

static const char *at(const char *name)
{
    static char paths[16][PATH_MAX];
    static unsigned int next;
    char *there = paths[next++ % COUNT(paths)];

    snprintf(there, PATH_MAX, "%s/%s", dir, name);
    return there;
}

/* --- the host */

int connection_open(struct connection *out, struct xr_error *err)
{
    (void)out;
    (void)err;
    return 0;
}

void connection_close(struct connection *connection)
{
    (void)connection;
}

int domain_list(xc_interface *xch, struct domain **out, size_t *count_out,
                struct xr_error *err)
{
    (void)xch;
    (void)err;
    *out = calloc(1, sizeof(**out));
    *count_out = domain_is_there;
    strcpy((*out)->uuid, UUID);
    return 0;
}

int disk_use_refuse_writing(const struct connection *connection,
                            const char *path, const char *format,
                            struct xr_error *err)
{
    (void)connection;
    assert_string_equal(format, "raw");
    return held && !strcmp(held, path)
           ? error_set(err, EBUSY, "xvda of other has it") : 0;
}

/* --- a driver: a disk is a file */

static const char *odd_name;

int disk_driver_ask_clone(const struct disk_drivers *drivers,
                          const char *driver, const struct driver_disk *disk,
                          const char *copy, struct driver_answer *out,
                          struct xr_error *err)
{
    char name[64];

    assert_string_equal(driver, "file");
    assert_string_equal(disk->dev, "xvda");
    snprintf(name, sizeof(name), "disk-%s",
             odd_name ? odd_name : drivers->uuid);
    *out = (struct driver_answer){
        .copy = strdup(at(name)), .disk = strdup(at(name)),
    };
    return access(copy, F_OK) ? error_system(err, errno, "%s", copy) : 0;
}

void driver_answer_free(struct driver_answer *answer)
{
    free(answer->copy);
    free(answer->disk);
}

/* Its note is there by then. */
int disk_driver_clone(const struct disk_drivers *drivers, const char *driver,
                      const struct driver_disk *disk, const char *copy,
                      const char *name, struct xr_error *err)
{
    CLEANUP_CLOSE int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                                0600);

    (void)drivers;
    (void)driver;
    (void)disk;
    (void)copy;
    assert_int_equal(access(at("ledger/" UUID ".clones"), F_OK), 0);
    return fd < 0 ? error_system(err, errno, "%s", name) : 0;
}

int disk_driver_drop(const struct disk_drivers *drivers, const char *driver,
                     const char *copy, struct xr_error *err)
{
    (void)drivers;
    (void)driver;
    return unlink(copy) && errno != ENOENT
           ? error_system(err, errno, "%s", copy) : 0;
}

/* --- */

static void on_message(void *data, enum message_level level, const char *text)
{
    size_t n = strlen(said);

    (void)data;
    (void)level;
    snprintf(said + n, sizeof(said) - n, "%s\n", text);
}

static const struct events events = { .message = on_message };

static void put(const char *name, const char *text)
{
    FILE *f = fopen(at(name), "we");

    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static bool is_there(const char *name)
{
    return !access(at(name), F_OK);
}

static int begin(void **state)
{
    (void)state;
    *said = '\0';
    domain_is_there = false;
    held = odd_name = NULL;
    snprintf(dir, sizeof(dir), "%s/clones.XXXXXX",
             getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
    assert_non_null(mkdtemp(dir));
    assert_int_equal(mkdir(at("definitions"), 0700), 0);
    setenv("XR_RUN_DIR", at("run"), 1);
    setenv("XR_COPIES_DIR", at("ledger"), 1);
    setenv("XR_ROLLBACK_DIR", at("rollback"), 1);
    setenv("XR_DEFINITIONS", at("definitions"), 1);
    put("image", "");
    put("copy", "");
    return 0;
}

static int end(void **state)
{
    char command[PATH_MAX];

    (void)state;
    snprintf(command, sizeof(command), "rm -rf '%s'", dir);
    return system(command); /* NOLINT(cert-env33-c) */
}

static struct disk_copy a_copy(void)
{
    static char dev[] = "xvda", target[] = "/srv/web.raw", format[] = "raw",
                driver[] = "file";
    return (struct disk_copy){
        dev, target, format, driver, (char *)at("copy"),
    };
}

static int plan_clones(struct disk_copies *out, struct xr_error *err)
{
    const struct disk_drivers drivers = { .uuid = UUID };
    const struct disk_copy copy = a_copy();
    const struct clone_source source = { &copy, &drivers, NULL };
    int r = clones_new(UUID, "web-copy", at("image"), "xl", out, err);

    return r ? r : clones_plan(out, &source, err);
}

/* As a restore does it, up to the toolstack. */
static int make_clones(struct disk_copies *out, struct xr_error *err)
{
    const struct disk_drivers drivers = { .uuid = UUID };
    const struct disk_copy copy = a_copy();
    const struct clone_source source = { &copy, &drivers, NULL };
    int r = plan_clones(out, err);

    if (!r)
        r = clones_note(out, err);
    if (!r)
        r = clones_make(out, &source, err);
    return r ? r : clones_begin(out, err);
}

/* A domain has had them, and has gone. */
static void had_them(void)
{
    CLEANUP_COPIES struct disk_copies c = DISK_COPIES_NONE;
    struct xr_error err;

    assert_int_equal(make_clones(&c, &err), 0);
    assert_true(is_there("disk-" UUID));
    clones_leave(&c);
    /* Whoever has made them tells which they are. */
    assert_int_equal(c.count, 1);
    assert_string_equal(c.id, UUID);
}

static void assert_gone(void)
{
    assert_false(is_there("disk-" UUID));
    assert_false(is_there("ledger/" UUID ".clones"));
    assert_false(is_there("ledger/" UUID ".saved"));
}

static void assert_stays(void)
{
    assert_int_equal(clones_sweep(false, NULL, &events), 0);
    assert_true(is_there("disk-" UUID));
    assert_true(is_there("ledger/" UUID ".clones"));
}

static void go_with_their_domain(void **state)
{
    CLEANUP_COPIES struct disk_copies again = DISK_COPIES_NONE;
    struct xr_error err;

    (void)state;
    had_them();
    domain_is_there = true;
    assert_stays();
    assert_int_equal(clones_drop(UUID, false, &events, &err), -EBUSY);
    assert_int_equal(err.reason, XR_REASON_DISK_IN_USE);
    /* Another domain of that uuid would have them. */
    domain_is_there = false;
    assert_int_equal(plan_clones(&again, &err), -EEXIST);
    assert_int_equal(clones_sweep(true, NULL, &events), 1);
    assert_true(is_there("disk-" UUID));
    assert_int_equal(clones_sweep(false, NULL, &events), 1);
    assert_gone();
    assert_string_equal(said, "");
    assert_int_equal(clones_drop(UUID, false, &events, &err), -ENOENT);
}

/* The toolstack has inherited the note: the guest may be about to reboot. */
static void stay_with_their_toolstack(void **state)
{
    CLEANUP_COPIES struct disk_copies c = DISK_COPIES_NONE;
    struct xr_error err;
    pid_t toolstack;

    (void)state;
    assert_int_equal(make_clones(&c, &err), 0);
    toolstack = fork();
    if (!toolstack)
        for (;;)
            pause();
    clones_leave(&c);
    assert_int_equal(clones_sweep(true, NULL, &events), 0);
    domain_is_there = true; /* nobody waits */
    assert_stays();
    assert_int_equal(clones_drop(UUID, false, &events, &err), -EBUSY);
    assert_int_equal(err.reason, XR_REASON_DISK_IN_USE);
    kill(toolstack, SIGKILL);
    assert_int_equal(waitpid(toolstack, NULL, 0), toolstack);
    domain_is_there = false;
    assert_int_equal(clones_sweep(false, NULL, &events), 1);
    assert_gone();
}

static void assert_used(const char *why)
{
    struct xr_error err;

    assert_stays();
    assert_int_equal(clones_drop(UUID, false, &events, &err), -EBUSY);
    if (!strstr(err.message, why))
        fail_msg("%s: %s", why, err.message);
    assert_true(is_there("disk-" UUID));
}

static void are_used_by_others(void **state)
{
    struct rollback_note note = {
        .name = (char *)"web-copy", .uuid = (char *)UUID,
        .image = (char *)"/image",
    };
    const struct lock_wish wish = { .uuid = UUID, .intent = INTENT_RESTORE };
    struct lock lock = LOCK_NONE;
    struct xr_error err;
    pid_t other;

    (void)state;
    had_them();
    held = at("disk-" UUID);
    assert_used("xvda of other");
    held = NULL;
    put("definitions/copy.cfg", "disk = [ '/srv/disk-" UUID "' ]");
    assert_used("copy.cfg speaks of them");
    put("definitions/copy.cfg", "/dev/mapper/vg-x_xc_aaaaaaaa--0000--4000--"
                                "8000--00000000000a");
    assert_used("copy.cfg speaks of them");
    put("definitions/copy.cfg", "disk = []");
    assert_int_equal(mkdir(at("definitions/guests"), 0700), 0);
    assert_int_equal(symlink("..", at("definitions/guests/back")), 0);
    put("definitions/guests/copy.cfg", "uuid = '" UUID "'");
    assert_used("guests/copy.cfg speaks of them");
    put("definitions/guests/copy.cfg", "");
    assert_int_equal(rollback_note_write(&note, &err), 0);
    assert_used("a rollback");
    assert_int_equal(rollback_note_remove(UUID, &err), 0);
    other = fork();
    if (!other) {
        lock_take(&wish, &lock, &err);
        put("locked", "");
        for (;;)
            pause();
    }
    while (!is_there("locked"))
        usleep(1000);
    assert_used("restore");
    kill(other, SIGKILL);
    assert_int_equal(waitpid(other, NULL, 0), other);
    assert_int_equal(clones_sweep(false, NULL, &events), 1);
    assert_gone();
}

/* Until somebody says otherwise. */
static void assert_spared(const char *why)
{
    struct xr_error err;

    assert_stays();
    if (!strstr(said, why) || !strstr(said, "prune --drop-copies=" UUID))
        fail_msg("%s: %s", why, said);
    assert_int_equal(clones_drop(UUID, true, &events, &err), 0);
    assert_true(is_there("disk-" UUID));
    assert_int_equal(clones_drop(UUID, false, &events, &err), 0);
    assert_gone();
}

static void may_be_wanted_saved(void **state)
{
    (void)state;
    clone_mark_saved(UUID);
    assert_false(clone_was_saved(UUID));
    had_them();
    clone_mark_saved("cccccccc-0000-4000-8000-00000000000c");
    assert_false(clone_was_saved(UUID));
    clone_mark_saved(UUID);
    assert_true(clone_was_saved(UUID));
    assert_spared("was saved");
}

/* Nobody sees that a guest which was shut down is to be started again. */
static void may_be_wanted_if_they_are_old(void **state)
{
    const struct timespec days_ago[2] = {
        { .tv_sec = time(NULL) - 2 * 24 * 60 * 60 },
        { .tv_sec = time(NULL) - 2 * 24 * 60 * 60 },
    };

    (void)state;
    had_them();
    assert_int_equal(utimensat(AT_FDCWD, at("ledger/" UUID ".clones"),
                               days_ago, 0), 0);
    assert_spared("more than a day ago");
}

static void may_be_wanted_after_a_crash(void **state)
{
    CLEANUP_COPIES struct disk_copies c = DISK_COPIES_NONE;
    CLEANUP_KEYLIST struct keylist line = { 0 };
    struct xr_error err;

    (void)state;
    assert_int_equal(make_clones(&c, &err), 0);
    assert_int_equal(keylist_set_text(&line, "boot", "another"), 0);
    assert_int_equal(ledger_note(&c, &line, &err), 0);
    clones_leave(&c);
    assert_spared("started anew");
}

static void may_be_wanted_for_a_checkpoint(void **state)
{
    CLEANUP_COPIES struct disk_copies kept = DISK_COPIES_NONE;
    char dev[] = "xvda", format[] = "raw", driver[] = "file", copy[] = "/copy";
    struct planned_disk disk = {
        .dev = dev, .target = (char *)at("disk-" UUID), .format = format,
        .here = true, .written = true, .driver = driver, .copy = copy,
    };
    const struct disk_plan plan = { &disk, 1 };
    struct xr_error err;

    (void)state;
    had_them();
    assert_int_equal(copies_begin(CHECKPOINT, at("image"), "web-copy", UUID,
                                  &plan, &kept, &err), 0);
    /* Whether it is at work on these cannot be told yet. */
    assert_stays();
    copies_free(&kept);
    assert_spared("checkpoints of the domain");
}

/* One that was never begun is nobody's, whatever has become of the host. */
static void never_begun(void **state)
{
    CLEANUP_COPIES struct disk_copies c = DISK_COPIES_NONE;
    CLEANUP_KEYLIST struct keylist line = { 0 };
    struct xr_error err;

    (void)state;
    assert_int_equal(plan_clones(&c, &err), 0);
    assert_int_equal(clones_note(&c, &err), 0);
    assert_int_equal(keylist_set_text(&line, "boot", "another"), 0);
    assert_int_equal(ledger_note(&c, &line, &err), 0);
    put("disk-" UUID, "half");
    clones_leave(&c);
    assert_int_equal(clones_sweep(false, NULL, &events), 1);
    assert_gone();
    /* Killed before a line was written. */
    put("ledger/" UUID ".clones", "");
    assert_int_equal(clones_sweep(false, NULL, &events), 0);
    assert_gone();
}

static void names_have_the_uuid(void **state)
{
    CLEANUP_COPIES struct disk_copies c = DISK_COPIES_NONE;
    struct xr_error err;

    (void)state;
    odd_name = "other";
    assert_int_equal(plan_clones(&c, &err), -EIO);
    assert_non_null(strstr(err.message, "without the domain's uuid"));
    copies_free(&c);
    assert_int_equal(clones_new("../etc", "n", at("image"), "xl", &c, &err),
                     -EINVAL);
}

/* In a child, which fails or is killed at a step; false: there is no such step. */
static bool try_step(int step, bool kills)
{
    char text[16];
    int status;
    pid_t child = fork();

    if (!child) {
        CLEANUP_COPIES struct disk_copies c = DISK_COPIES_NONE;
        struct xr_error err;
        int r;

        snprintf(text, sizeof(text), "%d", step);
        setenv("XR_FAULT", text, 1);
        if (kills)
            setenv("XR_FAULT_KILL", "restore", 1);
        fault_begin();
        fault_role(FAULT_RESTORE);
        r = make_clones(&c, &err);
        unsetenv("XR_FAULT");
        if (r)
            clones_give_up(&c, &events);
        else
            clones_leave(&c);
        _exit(r ? 1 : 0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) || WEXITSTATUS(status);
}

static void at_every_step(void **state)
{
    int step, kills;

    (void)state;
    for (kills = 0; kills < 2; kills++) {
        for (step = 1; try_step(step, kills); step++) {
            assert_true(step < STEPS_MAX);
            if (kills)
                (void)clones_sweep(false, NULL, &events);
            assert_gone();
        }
        assert_true(step > 4);
        assert_int_equal(clones_sweep(false, NULL, &events), 1);
        assert_gone();
    }
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(go_with_their_domain),
        TEST(stay_with_their_toolstack),
        TEST(are_used_by_others),
        TEST(may_be_wanted_saved),
        TEST(may_be_wanted_after_a_crash),
        TEST(may_be_wanted_if_they_are_old),
        TEST(may_be_wanted_for_a_checkpoint),
        TEST(never_begun),
        TEST(names_have_the_uuid),
        TEST(at_every_step),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
