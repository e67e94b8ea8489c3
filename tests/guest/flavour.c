/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the guests do differently.  vcpu_info is registered once per domain, as
 * Linux does it: at the start, and after a 0, which promises a new domain.
 * Where the promise is false, Xen refuses, and the guest dies as Linux does.
 */
#include "flavour.h"

#include "hypercall.h"
#include "platform.h"

#include <xen/sched.h>
#include <xen/vcpu.h>

#ifdef REGISTERS_VCPU
static struct vcpu_info own_vcpu __attribute__((aligned(64)));

static void register_vcpu(void)
{
    struct vcpu_register_vcpu_info place = {
        .mfn = platform_frame_of(&own_vcpu),
        .offset = (uint32_t)((uintptr_t)&own_vcpu % PAGE_BYTES),
    };
    long r = hypercall(__HYPERVISOR_vcpu_op, VCPUOP_register_vcpu_info, 0,
                       (uintptr_t)&place);

    if (r) {
        print(NAME ": register_vcpu_info failed: err=-");
        print_number((uint64_t)-r);
        print("\n");
        stop(SHUTDOWN_crash);
    }
    time_use(&own_vcpu.time);
}
#endif

void flavour_start(void)
{
#ifdef REGISTERS_VCPU
    register_vcpu();
#endif
}

void flavour_resumed(int returned)
{
#ifdef CRASHES_ON_1
    if (returned) {
        print(NAME ": cannot take a 1\n");
        stop(SHUTDOWN_crash);
    }
#endif
#ifdef HANGS_ON_1
    if (returned)
        sleep_for_ever();
#endif
#ifdef REGISTERS_VCPU
    if (!returned)
        register_vcpu();
#endif
    (void)returned;
}

void flavour_announce(void)
{
#ifdef FEATURE_SUSPEND
    store_write("control/feature-suspend", "1");
#endif
}
