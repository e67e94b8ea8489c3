/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a checkpoint keeps of the disks.  If this fails, one is taken that does not keep
 * what it was to keep, or keeps copies that no image names; or a disk is not named
 * that is not kept.
 *
 * The guest's disks, and what drivers say of them, are the test's own.
 */
#include "config.h"

#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "engine/checkpoint_disks.h"

static char dir[] = "/tmp/test-checkpoint-disks.XXXXXX";
static char said[4096];

/* What there is: "kept", "lost" and "read" are disks of that kind. */
static struct {
    const char *kinds[4];
    uint64_t bytes;        /* that each copy takes at once */
    const char *folder;    /* there */
    bool asked;            /* drivers were */
    bool required;
    int facts;             /* what stages_disk_facts answers */
    bool synced;
    bool too_many;
} world;

static const char *in_dir(const char *name)
{
    static char paths[8][4096];
    static unsigned int next;
    char *path = paths[next++ % COUNT(paths)];

    snprintf(path, sizeof(paths[0]), "%s/%s", dir, name);
    return path;
}

int __wrap_disk_plan_make(struct store *store, uint32_t domid,
                          const struct disk_drivers *drivers,
                          struct disk_plan *out, struct xr_error *err);
int __wrap_disk_plan_make(struct store *store, uint32_t domid,
                          const struct disk_drivers *drivers,
                          struct disk_plan *out, struct xr_error *err)
{
    size_t i;

    (void)store;
    (void)domid;
    (void)err;
    world.asked = drivers;
    world.required = drivers && drivers->required;
    out->items = calloc(COUNT(world.kinds), sizeof(*out->items));
    assert_non_null(out->items);
    for (i = 0; i < COUNT(world.kinds) && world.kinds[i]; i++) {
        struct planned_disk *d = &out->items[out->count++];
        char dev[] = { 'x', 'v', 'd', (char)('a' + i), '\0' };

        d->dev = strdup(dev);
        d->target = strdup("/srv/disk");
        d->format = strdup("raw");
        d->written = strcmp(world.kinds[i], "read");
        if (strcmp(world.kinds[i], "kept") || !drivers)
            continue;
        d->driver = strdup("file");
        d->copy = strdup(in_dir("copy"));
        d->folder = world.folder ? strdup(world.folder) : NULL;
        d->bytes = world.bytes;
    }
    return 0;
}

int __wrap_disk_plan_to_keys(const struct disk_plan *plan,
                             struct keylist *out, struct xr_error *err);
int __wrap_disk_plan_to_keys(const struct disk_plan *plan,
                             struct keylist *out, struct xr_error *err)
{
    (void)plan;
    (void)out;
    return world.too_many ? error_set(err, E2BIG, "too many") : 0;
}

int __wrap_disk_plan_sync(const struct disk_plan *plan, struct xr_error *err);
int __wrap_disk_plan_sync(const struct disk_plan *plan, struct xr_error *err)
{
    (void)plan;
    (void)err;
    world.synced = true;
    return 0;
}

int __wrap_disk_driver_drop(const struct disk_drivers *drivers,
                            const char *driver, const char *copy,
                            struct xr_error *err);
int __wrap_disk_driver_drop(const struct disk_drivers *drivers,
                            const char *driver, const char *copy,
                            struct xr_error *err)
{
    (void)drivers;
    (void)driver;
    (void)err;
    unlink(copy);
    return 0;
}

int __wrap_stages_disk_facts(const struct stages *s, struct keylist *out,
                             struct xr_error *err);
int __wrap_stages_disk_facts(const struct stages *s, struct keylist *out,
                             struct xr_error *err)
{
    (void)s;
    (void)out;
    return world.facts ? error_set(err, -world.facts, "no facts") : 0;
}

static void on_message(void *data, enum message_level level, const char *text)
{
    size_t n = strlen(said);

    (void)data;
    snprintf(said + n, sizeof(said) - n, "%s: %s\n", message_level_name(level),
             text);
}

static const struct events events = { .message = on_message };

static struct checkpoint checkpoint;
static char path[4096], name[] = "web";

static int setup(void **state)
{
    (void)state;
    memset(&world, 0, sizeof(world));
    memset(&checkpoint, 0, sizeof(checkpoint));
    *said = '\0';
    snprintf(dir + strlen(dir) - 6, 7, "XXXXXX");
    if (!mkdtemp(dir) || mkdir(in_dir("hooks"), 0700))
        return -1;
    setenv("XR_RUN_DIR", in_dir("run"), 1);
    setenv("XR_COPIES_DIR", in_dir("ledger"), 1);
    snprintf(path, sizeof(path), "%s", in_dir("web.img"));
    checkpoint.events = &events;
    checkpoint.path = path;
    checkpoint.is_file = true;
    checkpoint.config.record = true;
    checkpoint.judgement.name = name;
    checkpoint.options.hook_dir = strdup(in_dir("hooks"));
    snprintf(checkpoint.judgement.domain.uuid,
             sizeof(checkpoint.judgement.domain.uuid), "some-uuid");
    return 0;
}

static int teardown(void **state)
{
    char command[4200];

    (void)state;
    disk_plan_free(&checkpoint.disks);
    free((char *)checkpoint.options.hook_dir);
    snprintf(command, sizeof(command), "rm -rf %s", dir);
    return system(command); /* NOLINT(cert-env33-c): a path of our own */
}

static int plan_with(enum checkpoint_disks wish, struct xr_error *err)
{
    disk_plan_free(&checkpoint.disks);
    *said = '\0';
    checkpoint.options.disks = wish;
    return checkpoint_plan_disks(&checkpoint, err);
}

static void what_is_lost_is_named(void **state)
{
    struct xr_error err;

    (void)state;
    world.kinds[0] = "kept";
    world.kinds[1] = "lost";
    world.kinds[2] = "read";
    assert_int_equal(plan_with(CHECKPOINT_DISKS_AUTO, &err), 0);
    assert_string_equal(said, "warning: web: xvdb (/srv/disk) is not kept: no "
                              "driver takes it\n");
    assert_false(world.required);
    checkpoint.options.dry_run = true;
    assert_int_equal(plan_with(CHECKPOINT_DISKS_AUTO, &err), 0);
    assert_string_equal(said, "");
}

static void what_is_lost_is_refused(void **state)
{
    struct xr_error err;

    (void)state;
    world.kinds[0] = "kept";
    world.kinds[1] = "read";
    assert_int_equal(plan_with(CHECKPOINT_DISKS_REQUIRE, &err), 0);
    assert_true(world.required);
    world.kinds[2] = "lost";
    assert_int_equal(plan_with(CHECKPOINT_DISKS_REQUIRE, &err), -EPERM);
    assert_int_equal(err.reason, XR_REASON_DISK_NOT_KEPT);
    assert_non_null(strstr(err.message, "xvdc (/srv/disk) cannot be kept"));
    assert_non_null(strstr(err.message, "--disks=auto"));
}

static void nobody_is_asked_in_vain(void **state)
{
    struct xr_error err;

    (void)state;
    world.kinds[0] = "kept";
    assert_int_equal(plan_with(CHECKPOINT_DISKS_NONE, &err), 0);
    assert_false(world.asked);
    assert_string_equal(said, "");
    checkpoint.is_file = false;
    assert_int_equal(plan_with(CHECKPOINT_DISKS_AUTO, &err), 0);
    assert_false(world.asked);
    assert_non_null(strstr(said, "not kept: the image does not go to a file"));
    assert_int_equal(plan_with(CHECKPOINT_DISKS_REQUIRE, &err), -EPERM);
    checkpoint.is_file = true;
    checkpoint.config.record = false;
    assert_int_equal(plan_with(CHECKPOINT_DISKS_REQUIRE, &err), -EPERM);
    assert_non_null(strstr(err.message, "record = 0"));
}

/* They had checkpoints before there were records of disks. */
static void more_than_a_record_names(void **state)
{
    struct xr_error err;

    (void)state;
    world.kinds[0] = "kept";
    world.too_many = true;
    assert_int_equal(plan_with(CHECKPOINT_DISKS_REQUIRE, &err), -EPERM);
    assert_int_equal(plan_with(CHECKPOINT_DISKS_AUTO, &err), 0);
    assert_int_equal(disk_plan_kept(&checkpoint.disks), 0);
    assert_non_null(strstr(said, "more disks than a record can name"));
}

static uint64_t room_in(const char *folder)
{
    struct statvfs fs;

    assert_int_equal(statvfs(folder, &fs), 0);
    return (uint64_t)fs.f_bavail * fs.f_frsize;
}

/* In the image's own file system they are added to it; elsewhere there must be room. */
static void room(void **state)
{
    struct stat here, there;
    struct xr_error err;

    (void)state;
    world.kinds[0] = world.kinds[1] = "kept";
    world.folder = dir;
    world.bytes = 1 << 20;
    assert_int_equal(plan_with(CHECKPOINT_DISKS_AUTO, &err), 0);
    assert_int_equal(checkpoint_disks_beside(&checkpoint), 2 << 20);
    assert_int_equal(checkpoint_room_for_disks(&checkpoint, &err), 0);
    world.bytes = UINT64_MAX - 1;
    assert_int_equal(plan_with(CHECKPOINT_DISKS_AUTO, &err), 0);
    assert_int_equal(checkpoint_disks_beside(&checkpoint), UINT64_MAX);
    if (stat(dir, &here) || stat("/dev/shm", &there)
        || here.st_dev == there.st_dev)
        return; /* there is no other file system to be had */
    world.folder = "/dev/shm";
    world.bytes = room_in("/dev/shm") / 2 + 1;
    assert_int_equal(plan_with(CHECKPOINT_DISKS_AUTO, &err), 0);
    assert_int_equal(checkpoint_disks_beside(&checkpoint), 0);
    assert_int_equal(checkpoint_room_for_disks(&checkpoint, &err), -ENOSPC);
    assert_int_equal(err.reason, XR_REASON_NO_ROOM);
    world.kinds[1] = NULL;
    assert_int_equal(plan_with(CHECKPOINT_DISKS_AUTO, &err), 0);
    assert_int_equal(checkpoint_room_for_disks(&checkpoint, &err), 0);
}

static bool is_there(const char *file)
{
    return !access(in_dir(file), F_OK);
}

static void touch(const char *file)
{
    int fd = open(file, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    close(fd);
}

/* The save is over; with facts, or without. */
static int save(struct taking *t, int facts, struct xr_error *err)
{
    *t = (struct taking){
        .checkpoint = &checkpoint, .image = { .fd = -1 },
        .copies = DISK_COPIES_NONE,
        .flat = (struct flat_image *)t, /* never looked into */
    };
    world.facts = facts;
    assert_int_equal(taking_begin_copies(t, err), 0);
    assert_true(t->copies.lock >= 0);
    touch(in_dir("copy"));
    assert_int_equal(new_image_name(&t->image, path, err), 0);
    assert_int_equal(new_image_open(&t->image, err), 0);
    return taking_note_facts(t, err);
}

void __wrap_flat_image_set_keys(struct flat_image *image,
                                const struct keylist *keys);
void __wrap_flat_image_set_keys(struct flat_image *image,
                                const struct keylist *keys)
{
    (void)image;
    (void)keys;
}

/* A full /var: an image without copies is better than none. */
static void copies_that_cannot_be_noted(void **state)
{
    struct taking t = { .checkpoint = &checkpoint, .copies = DISK_COPIES_NONE };
    struct xr_error err;

    (void)state;
    touch(in_dir("ledger"));
    world.kinds[0] = "kept";
    assert_int_equal(plan_with(CHECKPOINT_DISKS_AUTO, &err), 0);
    assert_string_equal(said, "");
    assert_int_equal(taking_begin_copies(&t, &err), 0);
    assert_true(t.copies.lock < 0);
    assert_int_equal(disk_plan_kept(&checkpoint.disks), 0);
    assert_non_null(strstr(said, "is not kept: cannot note its copy: "));
    assert_int_equal(plan_with(CHECKPOINT_DISKS_REQUIRE, &err), 0);
    assert_true(taking_begin_copies(&t, &err) < 0);
    assert_int_equal(err.reason, XR_REASON_DISK_NOT_KEPT);
    assert_int_equal(unlink(in_dir("ledger")), 0);
}

static void copies_become_the_images(void **state)
{
    struct xr_error err;
    struct taking t;

    (void)state;
    world.kinds[0] = "kept";
    assert_int_equal(plan_with(CHECKPOINT_DISKS_AUTO, &err), 0);
    assert_int_equal(save(&t, 0, &err), 0);
    assert_int_equal(taking_keep_copies(&t, &err), 0);
    assert_true(world.synced);
    assert_int_equal(new_image_commit(&t.image, 0, &events, &err), 0);
    taking_end_copies(&t);
    new_image_abandon(&t.image);
    copies_sweep(&events);
    assert_true(is_there("copy"));
    assert_true(is_there("web.img"));
    assert_string_equal(said, "");
}

/* Nobody could say whose they are. */
static void copies_without_a_record_go(void **state)
{
    struct xr_error err;
    struct taking t;

    (void)state;
    world.kinds[0] = "kept";
    assert_int_equal(plan_with(CHECKPOINT_DISKS_AUTO, &err), 0);
    assert_int_equal(save(&t, -ENOENT, &err), 0);
    assert_false(is_there("copy"));
    assert_int_equal(disk_plan_kept(&checkpoint.disks), 0);
    assert_non_null(strstr(said, "xvda (/srv/disk) is not kept: the image has "
                                 "no record"));
    assert_int_equal(taking_keep_copies(&t, &err), 0);
    new_image_abandon(&t.image);

    assert_int_equal(plan_with(CHECKPOINT_DISKS_REQUIRE, &err), 0);
    assert_int_equal(save(&t, -ENOENT, &err), -EIO);
    assert_int_equal(err.reason, XR_REASON_DISK_NOT_KEPT);
    copies_give_up(&t.copies, &events);
    assert_false(is_there("copy"));
    new_image_abandon(&t.image);
}

#define TEST(function) \
    cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_lost_is_named),
        TEST(what_is_lost_is_refused),
        TEST(nobody_is_asked_in_vain),
        TEST(more_than_a_record_names),
        TEST(room),
        TEST(copies_that_cannot_be_noted),
        TEST(copies_become_the_images),
        TEST(copies_without_a_record_go),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
