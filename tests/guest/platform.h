/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What differs between a PV guest (platform_pv.c, boot-pv.S) and a PVH guest
 * (platform_pvh.c, boot-pvh.S): where things are, and what has to be done for
 * them before and after a suspend.
 */
#ifndef PLATFORM_H
#define PLATFORM_H

#include "guest.h"

#include <xen/event_channel.h>

struct platform {
    const char *command_line;        /* never NULL */
    struct shared_info *shared_info; /* NULL while a PV guest is suspended */
    void *console_ring;
    void *store_ring;
    evtchn_port_t console_port;
    evtchn_port_t store_port;
    uint8_t *free_memory;            /* pages that nobody has taken yet */
    uint64_t free_pages;             /* 0 in PV guests: they map no more */
};
extern struct platform platform;

/* boot_info is what Xen gave to the entry point. */
void platform_start(void *boot_info);

/* Returns the third argument of the suspend hypercall. */
uint64_t platform_before_suspend(void);

/* new_domain: the hypercall has returned 0.  All in platform may be new. */
void platform_after_suspend(bool new_domain);

/* The number by which Xen knows the page that address is in. */
uint64_t platform_frame_of(const void *address);

/* Has that vCPU begin at entry; false if Xen refuses. */
bool platform_start_vcpu(unsigned int number, void (*entry)(void),
                         void *stack_top);

/*
 * The last *pages of the guest's memory, if nobody has taken them, or as many
 * as that is: the number of the first.  They are free no more.
 */
uint64_t platform_last_pages(uint64_t *pages);

/* The number by which Xen knows that page, which the guest has no longer. */
uint64_t platform_forget_page(uint64_t page);

/* Up to so many of the free pages; says in *pages_out how many. */
uint8_t *platform_take_memory(uint64_t wanted, uint64_t *pages_out);

#endif
