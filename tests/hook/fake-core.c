/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A core that answers every resume with 40 + fast and every event with 20 more
 * than libxl; its kin of another ABI, and one that leaves libxl's doors shut.
 */
#include "config.h"

#include <stddef.h>
#include <stdio.h>

#include "hook/doors.h"

#ifndef FAKE_ABI
#define FAKE_ABI HOOK_ABI
#endif

static int resume(door_resume *real, struct xc_interface_core *xch,
                  uint32_t domid, int fast)
{
    (void)xch;
    return real && domid == 7 ? 40 + fast : -1;
}

#ifndef FAKE_WITHOUT_EVENTS
static int death_enable(door_death_enable *real, struct libxl__ctx *ctx,
                        uint32_t domid, uint64_t user,
                        struct libxl__evgen_domain_death **out)
{
    return real(ctx, domid, user, out) + 20;
}

static void death_disable(door_death_disable *real, struct libxl__ctx *ctx,
                          struct libxl__evgen_domain_death *evgen)
{
    printf("core ");
    real(ctx, evgen);
}

static int event(door_event *real, const struct libxl_functions *libxl,
                 struct libxl__ctx *ctx, struct libxl_event **out,
                 uint64_t types, event_predicate *wanted, void *user)
{
    if (!libxl->death_enable || !libxl->death_disable || !libxl->event_free)
        return -1;
    return real(ctx, out, types, wanted, user) + 20;
}
#endif

__attribute__((visibility("default")))
const struct hook_table *xen_resumable_core(void)
{
    static const struct hook_table table = {
        .abi = FAKE_ABI,
        .resume = resume,
#ifndef FAKE_WITHOUT_EVENTS
        .death_enable = death_enable,
        .death_disable = death_disable,
        .event = event,
#endif
    };

    return &table;
}
