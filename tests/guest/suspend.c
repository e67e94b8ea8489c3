/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The suspend itself (xen/sched.h, SCHEDOP_shutdown): the hypercall returns 0
 * in a new domain and 1 in the old one.
 */

#include "hypercall.h"
#include "platform.h"

#include <xen/sched.h>

int suspend(void)
{
    struct sched_shutdown shutdown = { .reason = SHUTDOWN_suspend };
    uint64_t argument = platform_before_suspend();
    long returned = hypercall(__HYPERVISOR_sched_op, SCHEDOP_shutdown,
                              (uintptr_t)&shutdown, argument);

    platform_after_suspend(returned == 0);
    return (int)returned;
}
