/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whatever fails, or is killed, and when: either the guest goes on as before and
 * nothing is left, or it is known by a note and a message how it comes back, and it
 * does.  If this fails, a rollback loses a guest, or what its disks were.
 */
#include "config.h"

#include "rollback_world.h"

#include <string.h>

/* As before, or as it is to be: then nothing is left to do. */
static void assert_whole(void)
{
    assert_false(has_note());
    assert_false(world->paused);
    assert_false(world->destroyed_without_note);
    assert_int_equal(world->domid == FIRST_DOMID, !world->restored);
    if (world->restored)
        assert_true(world->put_back);
    else
        assert_int_equal(world->destroyed + world->put_back, 0);
}

/* What has begun has one end, which is what became of the guest. */
static void assert_told(const char *told)
{
    static const char begin[] = "pre-restore\n";

    if (!strncmp(told, begin, sizeof(begin) - 1))
        told += sizeof(begin) - 1;
    else if (!*told)
        return;
    /* It fails itself. */
    if (!*told && is_said("error: a fault on purpose"))
        return;
    assert_string_equal(told, world->restored && world->there
                        ? "restored restored\n"
                        : world->destroyed || world->paused
                          ? "restore-failed gone\n"
                          : "restore-failed runs\n");
}

/* Returns whether there are more steps. */
static bool walk(int step, bool kills, bool is_libvirts)
{
    const struct rollback_options o = to_image(is_libvirts ? "virt.img"
                                                           : "web.img");
    bool ended;

    *world = (struct world){ .there = true, .domid = FIRST_DOMID,
                             .is_libvirts = is_libvirts };
    (void)take_told();
    ended = run(&o, step, kills);
    assert_told(take_told());
    /* Of libvirt nobody knows what it does yet. */
    if (is_libvirts && kills && has_note() && world->domid == FIRST_DOMID
        && world->there)
        assert_true(is_said("may do so yet"));
    else if (world->there && !world->paused)
        assert_whole();
    else
        assert_comes_back(&o);
    if (!ended)
        return true;
    if (kills)
        return false;
    if (world->result)
        assert_true(is_said("error: "));
    return world->result != 0 || world->goes_on;
}

static void survives_a_fault_at_every_step(void **state)
{
    int step = 1;

    (void)state;
    while (walk(step, false, false))
        assert_true(++step < STEPS_MAX);
    assert_true(step > 20);
}

static void survives_a_kill_at_every_step(void **state)
{
    int step = 1;

    (void)state;
    while (walk(step, true, false))
        assert_true(++step < STEPS_MAX);
    assert_true(step > 20);
}

static void survives_the_same_with_libvirt(void **state)
{
    int step;

    (void)state;
    make_libvirts_image("virt.img");
    /* What libvirt has done although it says otherwise is no failure. */
    for (step = 1; step < STEPS_MAX; step++)
        (void)walk(step, false, true);
    assert_int_equal(world->result, 0);
    assert_false(world->goes_on);
    for (step = 1; walk(step, true, true);) {
        rollback_note_remove(UUID, NULL);
        assert_true(++step < STEPS_MAX);
    }
    assert_true(step > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(survives_a_fault_at_every_step),
        TEST(survives_a_kill_at_every_step),
        TEST(survives_the_same_with_libvirt),
    };

    if (begin_world())
        return 99;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
