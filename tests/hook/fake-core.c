/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A core that answers every resume with 40 + fast, and its kin of another ABI. */
#include "config.h"

#include <stddef.h>

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

__attribute__((visibility("default")))
const struct hook_table *xen_resumable_core(void)
{
    static const struct hook_table table = {
        .abi = FAKE_ABI,
        .resume = resume,
    };

    return &table;
}
