/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A core that answers every resume with 40 + fast and every event with 20 more
 * than libxl; its kin of another ABI, and one that leaves libxl's doors shut.
 */
#include "config.h"

#include <stddef.h>
#include <stdio.h>

#include "hook/behind.h"
#include "hook/doors.h"

#ifndef FAKE_ABI
#define FAKE_ABI HOOK_ABI
#endif

static const struct hook_stub *stub;

#define BEHIND(name) ((__typeof__(&name))stub->behind(HOOK_##name))

static int resume(xc_interface *xch, uint32_t domid, int fast)
{
    (void)xch;
    return BEHIND(xc_domain_resume) && domid == 7 ? 40 + fast : -1;
}

static int death_enable(libxl_ctx *ctx, uint32_t domid, libxl_ev_user user,
                        libxl_evgen_domain_death **out)
{
    return BEHIND(libxl_evenable_domain_death)(ctx, domid, user, out) + 20;
}

static void death_disable(libxl_ctx *ctx, libxl_evgen_domain_death *evgen)
{
    printf("core ");
    BEHIND(libxl_evdisable_domain_death)(ctx, evgen);
}

static int event_wait(libxl_ctx *ctx, libxl_event **out, uint64_t types,
                      libxl_event_predicate *wanted, void *user)
{
    if (!stub->libxl("libxl_event_free") || stub->libxl("libxl_no_such"))
        return -1;
    return BEHIND(libxl_event_wait)(ctx, out, types, wanted, user) + 20;
}

static int event_check(libxl_ctx *ctx, libxl_event **out, uint64_t types,
                       libxl_event_predicate *wanted, void *user)
{
    return BEHIND(libxl_event_check)(ctx, out, types, wanted, user) + 20;
}

static void register_callbacks(libxl_ctx *ctx, const libxl_event_hooks *hooks,
                               void *user)
{
    printf("core ");
    BEHIND(libxl_event_register_callbacks)(ctx, hooks, user);
}

static hook_function *door(enum hook_door number)
{
    static hook_function *const functions[HOOK_DOOR_COUNT] = {
        [HOOK_xc_domain_resume] = (hook_function *)resume,
#ifndef FAKE_WITHOUT_EVENTS
        [HOOK_libxl_evenable_domain_death] = (hook_function *)death_enable,
        [HOOK_libxl_evdisable_domain_death] = (hook_function *)death_disable,
        [HOOK_libxl_event_wait] = (hook_function *)event_wait,
        [HOOK_libxl_event_check] = (hook_function *)event_check,
        [HOOK_libxl_event_register_callbacks] =
            (hook_function *)register_callbacks,
#endif
    };

    (void)death_enable;
    (void)death_disable;
    (void)event_wait;
    (void)event_check;
    (void)register_callbacks;
    return functions[number];
}

__attribute__((visibility("default")))
const struct hook_core *xen_resumable_core(const struct hook_stub *given)
{
    static const struct hook_core core = {
        .abi = FAKE_ABI,
        .count = HOOK_DOOR_COUNT,
        .door = door,
    };

    stub = given;
    return &core;
}
