/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * If this fails, a guest of libvirt's is destroyed behind its back, or is xl's
 * afterwards, or is said to stay and is ended a moment later.
 */
#include "config.h"

#include "rollback_world.h"

static void libvirt_ends_its_guests_itself(void **state)
{
    const struct rollback_options o = to_image("virt.img");

    (void)state;
    make_libvirts_image("virt.img");
    world->is_libvirts = true;
    run(&o, 0, false);
    assert_back();
    assert_int_equal(world->by_libvirt, 1);
    assert_int_equal(world->by_libxl, 0);
    /* Late, and it is waited for. */
    world->domid = FIRST_DOMID;
    world->libvirt = LATE;
    run(&o, 0, false);
    assert_back();
    assert_int_equal(world->by_libvirt, 2);
}

/* Asked in vain, libvirt may end it when nobody waits any more. */
static void what_libvirt_may_do_yet_is_noted(void **state)
{
    const struct rollback_options o = to_image("virt.img");

    (void)state;
    make_libvirts_image("virt.img");
    world->is_libvirts = true;
    world->libvirt = NEVER;
    run(&o, 0, false);
    assert_int_equal(world->reason, XR_REASON_NO_LIBVIRT);
    assert_string_equal(world->guest, "runs");
    assert_int_equal(world->put_back + world->restored, 0);
    assert_true(is_said("may do so yet"));
    assert_false(is_said("neither it nor its disks were touched"));
    world->libvirt = OBEYS;
    world->there = false;
    assert_comes_back(&o);
}

static void libvirts_guests_stay_libvirts(void **state)
{
    const struct rollback_options xls = to_image("web.img");
    const struct rollback_options virt = to_image("virt.img");

    (void)state;
    make_libvirts_image("virt.img");
    run(&virt, 0, false);
    assert_untouched(XR_REASON_USAGE);
    assert_true(is_said("xl looks after it"));
    world->is_libvirts = true;
    run(&xls, 0, false);
    assert_untouched(XR_REASON_USAGE);
    assert_true(is_said("libvirt looks after it"));
    world->libvirt_takes_it_for_off = true;
    run(&virt, 0, false);
    assert_untouched(XR_REASON_NO_LIBVIRT);
    assert_true(is_said("for shut off"));
    world->libvirt_takes_it_for_off = false;
    world->libvirt_is_silent = true;
    run(&virt, 0, false);
    assert_untouched(XR_REASON_NO_LIBVIRT);
    assert_int_equal(world->checkpoints, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(libvirt_ends_its_guests_itself),
        TEST(what_libvirt_may_do_yet_is_noted),
        TEST(libvirts_guests_stay_libvirts),
    };

    if (begin_world())
        return 99;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
