/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flavour.h"

#include "guest.h"
#include "hypercall.h"

#include <xen/sched.h>
#include <xen/vcpu.h>

#ifdef REGISTERS_VCPU
static struct vcpu_info own_vcpu __attribute__((aligned(64)));

static long register_vcpu(void)
{
    struct vcpu_register_vcpu_info place = {
        .mfn = mfn_of(&own_vcpu),
        .offset = (uint32_t)((uintptr_t)&own_vcpu % PAGE_BYTES),
    };
    long r = hypercall(__HYPERVISOR_vcpu_op, VCPUOP_register_vcpu_info, 0,
                       (uintptr_t)&place);

    if (!r)
        time_use(&own_vcpu.time);
    return r;
}
#endif

void flavour_start(void)
{
#ifdef REGISTERS_VCPU
    register_vcpu();
#endif
#ifdef FEATURE_SUSPEND
    store_write("control/feature-suspend", "1");
#endif
}

/* Console and time work; xenstore does not yet. */
void flavour_resumed(int returned)
{
#ifdef CRASHES_ON_1
    if (returned) {
        print(NAME ": cannot take a 1\n");
        stop(SHUTDOWN_crash);
    }
#endif
#ifdef REGISTERS_VCPU
    if (!returned && register_vcpu()) {
        print(NAME ": register_vcpu_info failed: this is no new domain\n");
        stop(SHUTDOWN_crash);
    }
#endif
    (void)returned;
}
