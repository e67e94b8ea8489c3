/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, a rollback takes a guest to another state than that of its image and
 * disks, or does something to one that it refuses.
 */
#include "config.h"

#include "rollback_world.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static void goes_back(void **state)
{
    const struct rollback_options o = to_image("web.img");

    (void)state;
    run(&o, 0, false);
    assert_back();
    assert_int_equal(world->checkpoints, 1);
    assert_int_equal(world->destroyed, 1);
    assert_int_equal(world->watched, 1);
    assert_string_equal(world->safety, at("web.img.before-rollback"));
    assert_false(world->goes_on);
    assert_int_equal(world->swept, 1);
    assert_false(world->is_swept_under_lock);
    assert_string_equal(take_told(), "pre-restore\nrestored restored\n");

    /* And once more. */
    world->domid = FIRST_DOMID;
    run(&o, 0, false);
    assert_back();
    assert_int_equal(world->checkpoints, 2);
}

/* Its backends may have its disks until then. */
static void waits_until_xen_has_let_go_of_it(void **state)
{
    const struct rollback_options o = to_image("web.img");

    (void)state;
    world->lingers = 3;
    run(&o, 0, false);
    assert_back();
    assert_int_equal(world->lingers, 0);
}

static void gives_up_what_is_now_if_told_to(void **state)
{
    const struct rollback_options o = {
        .domain = "web", .image = at("web.img"), .no_safety = true,
    };

    (void)state;
    run(&o, 0, false);
    assert_back();
    assert_int_equal(world->checkpoints, 0);
    assert_string_equal(world->safety, "");
}

static void touches_nothing_without_a_checkpoint(void **state)
{
    const struct rollback_options o = to_image("web.img");

    (void)state;
    world->checkpoint_fails = true;
    run(&o, 0, false);
    assert_untouched(XR_REASON_NO_ROOM);
    assert_true(is_said("--no-safety"));
}

static void destroys_nothing_that_cannot_be_put_back(void **state)
{
    const struct rollback_options o = to_image("web.img");

    (void)state;
    world->no_room_after = true;
    run(&o, 0, false);
    assert_untouched(XR_REASON_DISK_NOT_KEPT);
    assert_int_equal(world->checkpoints, 1);
}

static void destroys_nothing_for_an_image_that_went(void **state)
{
    const struct rollback_options o = to_image("web.img");

    (void)state;
    world->image_goes = at("web.img");
    run(&o, 0, false);
    assert_untouched(XR_REASON_LOCKED);
    assert_true(is_said("was replaced after it was verified"));
}

/* It is not said to run, and be untouched, if the checkpoint has left it suspended. */
static void says_what_the_guest_is(void **state)
{
    const struct rollback_options o = to_image("web.img");

    (void)state;
    world->no_room_after = true;
    run(&o, 0, false);
    assert_string_equal(world->guest, "runs");
    assert_true(is_said("neither it nor its disks were touched"));
    world->is_held_by_policy = true;
    run(&o, 0, false);
    assert_string_equal(world->guest, "");
    assert_false(is_said("neither it nor its disks were touched"));
    assert_true(is_said("domain 7 is paused"));
}

static void refuses_what_would_do_harm(void **state)
{
    const struct rollback_options web = to_image("web.img");
    const struct rollback_options bad = to_image("bad.img");
    const struct rollback_options other = to_image("other.img");
    const struct rollback_options half = to_image("half.img");

    (void)state;
    make_image("bad.img", UUID, DISK, KEPT);
    run(&bad, 0, false);
    assert_untouched(XR_REASON_NOT_SOUND);
    make_image("other.img", OTHER_UUID, DISK, KEPT);
    run(&other, 0, false);
    assert_untouched(XR_REASON_NOT_SOUND);
    assert_true(is_said("not of this domain"));
    make_image("half.img", UUID, DISK ",{\"pdev_path\":\"/dev/b\",\"vdev\":"
               "\"xvdb\",\"readwrite\":1}", KEPT);
    run(&half, 0, false);
    assert_untouched(XR_REASON_DISK_NOT_KEPT);
    assert_true(is_said("no copy of xvdb"));
    assert_true(is_said("--as-it-is=xvdb"));
    world->stop = true;
    run(&web, 0, false);
    assert_untouched(XR_REASON_CANCELLED);
}

/* Before anything has happened; or when all has, and then nothing is undone. */
static void heeds_its_hooks(void **state)
{
    const struct rollback_options o = to_image("web.img");

    (void)state;
    close(open(at("no-pre-restore"), O_CREAT | O_CLOEXEC, 0600));
    run(&o, 0, false);
    assert_untouched(XR_REASON_HOOK_FAILED);
    assert_string_equal(world->guest, "runs");
    assert_string_equal(take_told(), "pre-restore\nrestore-failed runs\n");
    unlink(at("no-pre-restore"));
    close(open(at("no-restored"), O_CREAT | O_CLOEXEC, 0600));
    run(&o, 0, false);
    assert_int_equal(world->reason, XR_REASON_HOOK_FAILED);
    assert_string_equal(world->guest, "restored");
    assert_string_equal(world->next, "");
    assert_false(has_note());
    assert_true(is_said("hooks/tell: exit status 1"));
    assert_string_equal(take_told(), "pre-restore\nrestored restored\n");
}

/* The command that goes on says it, too. */
static void leaves_a_disk_as_it_is_if_told_to(void **state)
{
    struct rollback_options o = to_image("half.img");
    struct xr_error err;

    (void)state;
    make_image("half.img", UUID, DISK ",{\"pdev_path\":\"/dev/b\",\"vdev\":"
               "\"xvdb\",\"readwrite\":1}", KEPT);
    assert_int_equal(disk_names_add(&o.as_it_is, "xvdb", &err), 0);
    world->other_starts = HALF;
    run(&o, 0, false);
    assert_true(is_said("by: xen-resumable rollback --as-it-is=xvdb web "));
    world->other_starts = NOBODY;
    run(&o, 0, false);
    assert_back();
    assert_true(world->goes_on);
}

static void takes_the_newest_that_is_sound(void **state)
{
    const struct rollback_options o = { .domain = "web" };

    (void)state;
    run(&o, 0, false);
    assert_untouched(XR_REASON_NOT_SOUND);
    make_image("web/2001-11-27T030005Z.img", UUID, DISK,
               KEPT ",saved.at=2001-11-27T03:00:05Z");
    make_image("web/2001-11-28T030005Z.img", UUID, DISK,
               KEPT ",saved.at=2001-11-28T03:00:05Z");
    make_image("web/2001-11-29T030005Z.bad.img", UUID, DISK,
               KEPT ",saved.at=2001-11-29T03:00:05Z");
    make_image("web/2001-11-30T030005Z.img", UUID, DISK,
               KEPT ",saved.at=2001-11-30T03:00:05Z,user." ROLLBACK_LABEL
               "=2001-11-27T030005Z.img");
    make_image("web/2999-11-27T030005Z.img", UUID, DISK,
               KEPT ",saved.at=2999-11-27T03:00:05Z");
    run(&o, 0, false);
    assert_back();
    assert_string_equal(world->image, at("web/2001-11-28T030005Z.img"));
    assert_true(is_said("2999-11-27T030005Z.img is passed over"));
    assert_true(strstr(world->safety, "/web/20"));
    assert_false(strstr(world->safety, ROLLBACK_LABEL));
}

static void does_nothing_in_a_dry_run(void **state)
{
    const struct rollback_options o = {
        .domain = "web", .image = at("web.img"), .dry_run = true,
    };

    (void)state;
    run(&o, 0, false);
    assert_int_equal(world->result, 0);
    assert_int_equal(world->checkpoints + world->destroyed, 0);
    assert_string_equal(world->safety, at("web.img.before-rollback"));
    assert_int_equal(access(at("notes"), F_OK), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(goes_back),
        TEST(waits_until_xen_has_let_go_of_it),
        TEST(gives_up_what_is_now_if_told_to),
        TEST(touches_nothing_without_a_checkpoint),
        TEST(destroys_nothing_that_cannot_be_put_back),
        TEST(destroys_nothing_for_an_image_that_went),
        TEST(says_what_the_guest_is),
        TEST(refuses_what_would_do_harm),
        TEST(heeds_its_hooks),
        TEST(leaves_a_disk_as_it_is_if_told_to),
        TEST(takes_the_newest_that_is_sound),
        TEST(does_nothing_in_a_dry_run),
    };

    if (begin_world())
        return 99;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
