/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, a disk is written over that a guest uses, that is another one than was
 * kept, or that the new domain does not have; or it is half written and nobody knows.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "domain/disk_driver.h"
#include "engine/disk_identity.h"
#include "engine/disk_room.h"
#include "engine/disk_use.h"
#include "engine/kept_disks.h"
#include "engine/restore_state.h"
#include "unit.h"

/* What was done, a word each; the one that fails, so often, and by what. */
static char done[512];
static const char *fails;
static int fails_by, failures;
static bool is_other, is_busy;

static int step(const char *word, struct xr_error *err)
{
    size_t n = strlen(done);

    assert_true(n + strlen(word) + 2 <= sizeof(done));
    snprintf(done + n, sizeof(done) - n, "%s ", word);
    return fails && !strcmp(fails, word) && failures && failures--
           ? error_set(err, fails_by, "%s fails", word) : 0;
}

/* --- who has a disk */

int disk_use_refuse(const struct connection *connection,
                    const struct domain_config *config, struct xr_error *err)
{
    (void)connection;
    (void)config;
    return step("unused", err);
}

int disk_use_refuse_writing(const struct connection *connection,
                            const char *path, const char *format,
                            struct xr_error *err)
{
    (void)connection;
    (void)path;
    (void)format;
    (void)err;
    return 0;
}

int disk_use_refuse_others(const struct connection *connection,
                           const char *path, const char *format,
                           uint32_t domid, struct xr_error *err)
{
    (void)connection;
    (void)path;
    (void)format;
    assert_int_equal(domid, 7);
    return step("others", err);
}

int disk_use_refuse_busy(const char *path, struct xr_error *err)
{
    (void)path;
    (void)err;
    return is_busy ? -EBUSY : 0;
}

bool disk_is_other(const struct image_disk *said, const char *path,
                   const char *uuid, const char **why_out)
{
    (void)path;
    (void)uuid;
    *why_out = "another file";
    return is_other && !strcmp(said->dev, "xvda");
}

bool restore_is_same_disk(const char *a, const char *b)
{
    return !strcmp(a, b);
}

/* --- what is done to it */

int restore_note_begin(const struct restore *restore, struct xr_error *err)
{
    (void)restore;
    return step("note", err);
}

void restore_note_end(const struct restore *restore)
{
    (void)restore;
    (void)step("end", NULL);
}

int disk_driver_put_back(const struct disk_drivers *drivers,
                         const char *driver, const struct driver_disk *disk,
                         const char *copy, struct xr_error *err)
{
    (void)drivers;
    (void)copy;
    assert_string_equal(driver, "file");
    return step(disk->dev, err);
}

void disk_identity_mark(const struct image_disk *said, const char *path,
                        const char *uuid)
{
    (void)said;
    (void)path;
    (void)uuid;
    (void)step("mark", NULL);
}

/* --- beforehand */

int disk_driver_check(const struct disk_drivers *drivers, const char *driver,
                      const struct driver_disk *disk, const char *copy,
                      struct driver_answer *out, struct xr_error *err)
{
    (void)drivers;
    (void)driver;
    (void)disk;
    (void)copy;
    (void)out;
    return step("driver", err);
}

void driver_answer_free(struct driver_answer *answer)
{
    (void)answer;
}

int disk_rooms_add(struct disk_rooms *rooms, const struct driver_answer *answer,
                   struct xr_error *err)
{
    (void)rooms;
    (void)answer;
    return step("room", err);
}

void disk_rooms_warn(const struct disk_rooms *rooms,
                     const struct events *events)
{
    (void)rooms;
    (void)events;
}

static struct disk_copy copies[] = {
    { .dev = (char[]){ "xvda" }, .target = (char[]){ "/a" },
      .driver = (char[]){ "file" }, .copy = (char[]){ "/a.xr" } },
    { .dev = (char[]){ "xvdb" }, .target = (char[]){ "/b" },
      .driver = (char[]){ "file" }, .copy = (char[]){ "/b.xr" } },
};

int kept_disks_find(const struct keylist *record,
                    const struct image_disks *disks, struct disk_copies *out,
                    struct xr_error *err)
{
    (void)record;
    (void)disks;
    out->items = copies;
    out->count = COUNT(copies);
    return step("copies", err);
}

void copies_free(struct disk_copies *c)
{
    (void)c;
}

bool disk_names_have(const struct disk_names *names, const char *dev)
{
    return names->count && dev && !strcmp(names->items[0], dev);
}

int connection_open(struct connection *out, struct xr_error *err)
{
    (void)err;
    *out = (struct connection){ .xch = NULL };
    return 0;
}

void connection_close(struct connection *connection)
{
    (void)connection;
}

void events_say(const struct events *e, enum message_level level,
                const char *format, ...)
{
    (void)e;
    (void)level;
    (void)format;
}

void events_stage(const struct events *e, const char *stage)
{
    (void)e;
    (void)stage;
}

/* Who waits for a backend waits for nobody here. */
int __wrap_nanosleep(const struct timespec *time, struct timespec *left);
int __wrap_nanosleep(const struct timespec *time, struct timespec *left)
{
    (void)time;
    (void)left;
    return 0;
}

/* --- the tests */

static char a[] = "/a", b[] = "/b", xvda[] = "xvda", xvdb[] = "xvdb";
static struct domain_disk disks[2];
static struct image_disk said[] = {
    { .dev = xvda, .target = "/a", .driver = "file", .copy = "/a.xr" },
    { .dev = xvdb, .target = "/b", .driver = "file", .copy = "/b.xr" },
};
static struct restore r;
static struct xr_error why;

static int begin(void **state)
{
    (void)state;
    *done = '\0';
    fails = NULL;
    fails_by = EIO;
    failures = 1;
    is_other = is_busy = false;
    disks[0] = (struct domain_disk){ .dev = xvda, .path = a };
    disks[1] = (struct domain_disk){ .dev = xvdb, .path = b };
    r = (struct restore){
        .options = { .disks = RESTORE_DISKS_BACK, .except = 7 },
        .domain = { .disks = disks, .disk_count = 2 },
        .disks = { .items = said, .count = 2 },
    };
    return 0;
}

static void found(void)
{
    assert_int_equal(restore_disks_find(&r, &why), 0);
    *done = '\0';
}

static void all_go_back(void **state)
{
    (void)state;
    found();
    assert_int_equal(restore_disks_put_back(&r, &why), 0);
    assert_string_equal(done, "unused note xvda mark xvdb mark end ");
}

/* Neither a disk nor a note of it. */
static void untouched(int error)
{
    assert_int_equal(restore_disks_put_back(&r, &why), error);
    assert_null(strstr(done, "xvd"));
    assert_null(strstr(done, "mark"));
    assert_null(strstr(done, "end"));
}

static void none_that_is_used(void **state)
{
    (void)state;
    found();
    fails = "unused";
    untouched(-EIO);
    assert_null(strstr(done, "note"));

    /* For a moment, which a QEMU may take to end. */
    begin(state);
    found();
    fails = "unused";
    fails_by = EBUSY;
    failures = 3;
    assert_int_equal(restore_disks_put_back(&r, &why), 0);
    assert_string_equal(done, "unused unused unused unused note xvda mark "
                              "xvdb mark end ");
}

static void none_that_is_another(void **state)
{
    (void)state;
    found();
    is_other = true;
    untouched(-EBUSY);
    assert_int_equal(why.reason, XR_REASON_DISK_CHANGED);
    assert_null(strstr(done, "note"));

    /* Of a rollback it is known. */
    begin(state);
    found();
    is_other = r.options.goes_back = true;
    assert_int_equal(restore_disks_put_back(&r, &why), 0);
}

static void none_without_a_note(void **state)
{
    (void)state;
    found();
    fails = "note";
    untouched(-EBUSY);
}

/* The note stays: what is half written is not to be started with. */
static void what_fails_is_noted(void **state)
{
    (void)state;
    found();
    fails = "xvdb";
    assert_int_equal(restore_disks_put_back(&r, &why), -EIO);
    assert_string_equal(done, "unused note xvda mark xvdb ");
    /* One that says so because somebody has it yet is asked again. */
    begin(state);
    found();
    fails = "xvdb";
    is_busy = true;
    assert_int_equal(restore_disks_put_back(&r, &why), 0);
    assert_string_equal(done, "unused note xvda mark xvdb xvdb mark end ");
    /* -EBUSY is said of what nobody has touched. */
    begin(state);
    found();
    fails = "xvda";
    fails_by = EBUSY;
    assert_int_equal(restore_disks_put_back(&r, &why), -EIO);
}

static void only_where_it_was(void **state)
{
    (void)state;
    disks[1].path = a;
    assert_int_equal(restore_disks_find(&r, &why), -EPERM);
    assert_int_equal(why.reason, XR_REASON_DISK_NOT_KEPT);
    assert_non_null(strstr(why.message, "/b"));

    /* One that is taken as it is stays so. */
    begin(state);
    disks[1].path = a;
    r.options.as_it_is = (struct disk_names){ { "xvdb" }, 1 };
    found();
    assert_int_equal(restore_disks_put_back(&r, &why), 0);
    assert_string_equal(done, "unused note xvda mark end ");

    /* One that the domain has not got is nobody's, and all of them are too many. */
    begin(state);
    r.domain.disk_count = 1;
    found();
    assert_int_equal(restore_disks_put_back(&r, &why), 0);
    assert_string_equal(done, "unused note xvda mark end ");
    begin(state);
    r.domain.disk_count = 0;
    assert_int_equal(restore_disks_find(&r, &why), -ENOENT);
}

static void all_is_asked_beforehand(void **state)
{
    static const char *const questions[] = { "others", "driver", "room" };
    size_t i;

    (void)state;
    found();
    assert_int_equal(restore_disks_check(&r, &why), 0);
    assert_string_equal(done, "others driver room others driver room ");
    for (i = 0; i < COUNT(questions); i++) {
        begin(state);
        found();
        fails = questions[i];
        assert_int_equal(restore_disks_check(&r, &why), -EIO);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(all_go_back, begin),
        cmocka_unit_test_setup(none_that_is_used, begin),
        cmocka_unit_test_setup(none_that_is_another, begin),
        cmocka_unit_test_setup(none_without_a_note, begin),
        cmocka_unit_test_setup(what_fails_is_noted, begin),
        cmocka_unit_test_setup(only_where_it_was, begin),
        cmocka_unit_test_setup(all_is_asked_beforehand, begin),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
