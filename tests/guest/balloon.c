/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * "balloon=MIB": so much memory is given back to Xen, as a balloon driver gives
 * it.  Whoever saves the guest finds holes, which a restore must not fill: the
 * counter waits for ever where the guest has more memory than it had.
 */

#include "hypercall.h"
#include "platform.h"

#include <xen/memory.h>

enum {
    PAGES_PER_MIB = 256,
    BATCH = 256,
    /* What a toolstack may add for itself. */
    ALLOWANCE = 64,
};

static uint64_t had; /* pages; 0: none were given back */

static uint64_t pages_of_domain(void)
{
    domid_t self = DOMID_SELF;

    return (uint64_t)hypercall(__HYPERVISOR_memory_op,
                               XENMEM_current_reservation, (uintptr_t)&self,
                               0);
}

static void give_back(uint64_t first, uint64_t n)
{
    static xen_pfn_t frames[BATCH];
    struct xen_memory_reservation what = {
        .nr_extents = n,
        .domid = DOMID_SELF,
    };
    uint64_t i;
    long done;

    for (i = 0; i < n; i++)
        frames[i] = (xen_pfn_t)platform_forget_page(first + i);
    set_xen_guest_handle(what.extent_start, frames);
    done = hypercall(__HYPERVISOR_memory_op, XENMEM_decrease_reservation,
                     (uintptr_t)&what, 0);
    if (done != (long)n)
        print("balloon: WRONG: Xen does not take the pages\n");
}

void balloon_start(uint64_t mib)
{
    uint64_t left = mib * PAGES_PER_MIB, n;
    uint64_t first = platform_last_pages(&left);

    if (!left)
        return;
    for (; left; left -= n, first += n) {
        n = left < BATCH ? left : BATCH;
        give_back(first, n);
    }
    had = pages_of_domain();
    print("balloon: ");
    print_number(had);
    print(" pages are left\n");
}

bool balloon_is_right(void)
{
    static bool is_said;
    uint64_t has = had ? pages_of_domain() : 0;

    if (has <= had + ALLOWANCE)
        return true;
    if (!is_said) {
        print("balloon: WRONG: of ");
        print_number(had);
        print(" pages it has ");
        print_number(has);
        print("\n");
    }
    is_said = true;
    return false;
}
