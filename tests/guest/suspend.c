/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The suspend itself (xen/sched.h, SCHEDOP_shutdown): the hypercall returns 0
 * in a new domain and 1 in the old one.
 */

#include "guest.h"
#include "hypercall.h"

#include <xen/sched.h>

int suspend(void)
{
    struct sched_shutdown shutdown = { .reason = SHUTDOWN_suspend };
    uint64_t start_info_mfn = mfn_of(start_info);
    long returned;

    memory_before_suspend();
    /* The third argument is where a restore finds start_info. */
    returned = hypercall(__HYPERVISOR_sched_op, SCHEDOP_shutdown,
                         (uintptr_t)&shutdown, start_info_mfn);
    memory_after_suspend(returned == 0);
    console_start();
    return (int)returned;
}
