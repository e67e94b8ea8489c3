/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, another domain is taken for the guest that a rollback has destroyed,
 * or what is on the disks of one that is gone is given up unasked, or by an old note.
 */
#include "config.h"

#include "rollback_world.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What is on its disks now is not given up unasked. */
static void brings_back_what_is_gone_if_told_to(void **state)
{
    const struct rollback_options named = to_image("web.img");
    const struct rollback_options unnamed = { .domain = "web" };
    const struct rollback_options anyway = {
        .domain = "web", .image = at("web.img"), .no_safety = true,
    };

    (void)state;
    world->there = false;
    run(&unnamed, 0, false);
    assert_int_not_equal(world->result, 0);
    assert_true(is_said("name the image"));
    run(&named, 0, false);
    assert_int_equal(world->reason, XR_REASON_USAGE);
    assert_true(is_said("--no-safety"));
    assert_int_equal(world->put_back, 0);
    run(&anyway, 0, false);
    assert_back();
    assert_false(world->goes_on);
    assert_int_equal(world->checkpoints, 0);
}

/* xl was killed before it was ready, and its domain stays: it is not the guest. */
static void takes_no_half_of_a_domain_for_it(void **state)
{
    const struct rollback_options o = to_image("web.img");

    (void)state;
    world->other_starts = HALF;
    run(&o, 0, false);
    assert_int_not_equal(world->result, 0);
    assert_string_equal(world->guest, "gone");
    world->other_starts = NOBODY;
    assert_comes_back(&o);
}

/* It has run since: it is somebody's who has paused it. */
static void takes_none_that_has_run_for_half(void **state)
{
    const struct rollback_options o = to_image("web.img");

    (void)state;
    world->other_starts = HALF;
    run(&o, 0, false);
    assert_true(has_note());
    assert_true(world->there && world->paused);
    world->other_starts = NOBODY;
    world->stop = true;
    run(&o, 0, false);
    assert_true(world->goes_on);
    world->cpu_time = 1;
    run(&o, 0, false);
    assert_false(world->goes_on);
}

/* Who else restarts guests has seen it go, and started it. */
static void takes_no_other_domain_for_it(void **state)
{
    const struct rollback_options o = to_image("web.img");

    (void)state;
    world->other_starts = WHOLE;
    run(&o, 0, false);
    assert_int_not_equal(world->result, 0);
    assert_string_equal(world->guest, "");
    assert_true(strstr(world->next, "xen-resumable rollback web "));
    assert_true(is_said("xl destroy 17 ends it"));
    assert_true(has_note());
    world->other_starts = NOBODY;
    world->there = false;
    assert_comes_back(&o);
}

/* Also the heir does not, when the command was killed at that. */
static void its_heir_takes_no_other_domain_for_it(void **state)
{
    const struct rollback_options o = to_image("web.img");
    int step = 1;

    (void)state;
    do {
        *world = (struct world){
            .there = true, .domid = FIRST_DOMID, .other_starts = WHOLE,
        };
        assert_true(++step < STEPS_MAX);
        assert_false(run(&o, step, true));
    } while (world->domid == FIRST_DOMID);
    assert_true(has_note());
    assert_true(is_said("xl destroy 17 ends it"));
    assert_true(strstr(take_told(), "restore-failed unknown\n"));
    world->other_starts = NOBODY;
    world->there = false;
    assert_comes_back(&o);
}

/* The restored one is called as it was when it was saved. */
static void goes_on_with_a_renamed_domain(void **state)
{
    const struct rollback_options o = {
        .domain = "www", .image = at("web.img"),
    };

    (void)state;
    world->is_renamed = true;
    world->other_starts = HALF;
    run(&o, 0, false);
    assert_true(is_said("warning: www was called web when it was saved"));
    world->is_renamed = false;
    world->there = world->paused = false;
    world->other_starts = NOBODY;
    assert_comes_back(&(struct rollback_options){
        .domain = "web", .image = o.image,
    });
}

static void write_old_note(const char *image)
{
    char note[512];
    int fd;

    assert_int_equal(mkdir(at("notes"), 0700), 0);
    fd = open(at("notes/" UUID), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    snprintf(note, sizeof(note), "name=web,uuid=" UUID
             ",image=%s,inode=1,domid=7,since=1,boot=long-ago\n", image);
    assert_int_equal(write(fd, note, strlen(note)), strlen(note));
    close(fd);
}

/* Nobody knows what has become of its disks since. */
static void guesses_nothing_after_a_boot(void **state)
{
    const struct rollback_options named = to_image("web.img");
    const struct rollback_options unnamed = { .domain = "web" };

    (void)state;
    world->there = false;
    write_old_note(at("web.img"));
    run(&unnamed, 0, false);
    assert_int_not_equal(world->result, 0);
    assert_int_equal(world->put_back, 0);
    assert_true(is_said("xen-resumable rollback web /tmp/test-rollback."));
    run(&named, 0, false);
    assert_back();
}

/* What was kept, or given up, before was so for that image alone. */
static void goes_on_to_the_same_image_only(void **state)
{
    const struct rollback_options o = to_image("web.img");

    (void)state;
    world->there = false;
    write_old_note(at("other.img"));
    run(&o, 0, false);
    assert_int_equal(world->reason, XR_REASON_USAGE);
    assert_int_equal(world->put_back, 0);
    assert_true(has_note());
}

/* It runs, whatever somebody has noted of it. */
static void believes_a_domain_more_than_a_note(void **state)
{
    const struct rollback_options o = to_image("web.img");

    (void)state;
    write_old_note("/nowhere.img");
    run(&o, 0, false);
    assert_back();
    assert_false(world->goes_on);
    assert_int_equal(world->checkpoints, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(brings_back_what_is_gone_if_told_to),
        TEST(takes_no_half_of_a_domain_for_it),
        TEST(takes_none_that_has_run_for_half),
        TEST(takes_no_other_domain_for_it),
        TEST(its_heir_takes_no_other_domain_for_it),
        TEST(goes_on_with_a_renamed_domain),
        TEST(guesses_nothing_after_a_boot),
        TEST(goes_on_to_the_same_image_only),
        TEST(believes_a_domain_more_than_a_note),
    };

    if (begin_world())
        return 99;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
