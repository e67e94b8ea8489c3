/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Xen's time (xen/xen.h, vcpu_time_info), and waiting without interrupts:
 * SCHEDOP_poll with a deadline.
 */

#include "hypercall.h"
#include "platform.h"

#include <xen/event_channel.h>
#include <xen/sched.h>

static volatile struct vcpu_time_info *registered;

void time_use(volatile struct vcpu_time_info *info)
{
    registered = info;
}

static uint64_t cycles(void)
{
    uint32_t low, high;

    __asm__ volatile("lfence; rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

static uint64_t scale(uint64_t delta, int8_t shift, uint32_t factor)
{
    delta = shift < 0 ? delta >> -shift : delta << shift;
    return (delta >> 32) * factor + ((delta & UINT32_MAX) * factor >> 32);
}

uint64_t now(void)
{
    volatile struct vcpu_time_info *t = registered;
    uint32_t version;
    uint64_t time;

    if (!t)
        t = &platform.shared_info->vcpu_info[0].time;
    do {
        version = t->version;
        __asm__ volatile("" ::: "memory");
        time = t->system_time + scale(cycles() - t->tsc_timestamp,
                                      t->tsc_shift, t->tsc_to_system_mul);
        __asm__ volatile("" ::: "memory");
    } while ((version & 1) || version != t->version);
    return time;
}

/* A pending event would end every poll at once: it is seen by then. */
static void clear_event(uint32_t port)
{
    const uint32_t bits = 8 * sizeof(xen_ulong_t);
    xen_ulong_t *word = &platform.shared_info->evtchn_pending[port / bits];

    __atomic_fetch_and(word, ~((xen_ulong_t)1 << port % bits),
                       __ATOMIC_SEQ_CST);
}

/* Returns at the deadline, or earlier when xenstore has something to say. */
void sleep_until(uint64_t deadline)
{
    evtchn_port_t port = platform.store_port;
    struct sched_poll poll = { .nr_ports = 1, .timeout = deadline };

    clear_event(port);
    set_xen_guest_handle(poll.ports, &port);
    hypercall(__HYPERVISOR_sched_op, SCHEDOP_poll, (uintptr_t)&poll, 0);
}

void nap_until(uint64_t deadline)
{
    struct sched_poll poll = { .nr_ports = 0, .timeout = deadline };

    hypercall(__HYPERVISOR_sched_op, SCHEDOP_poll, (uintptr_t)&poll, 0);
}

/* For ever, whatever happens: what a guest does that lost its event channels. */
void sleep_for_ever(void)
{
    struct sched_poll poll = { .nr_ports = 0 };

    for (;;)
        hypercall(__HYPERVISOR_sched_op, SCHEDOP_poll, (uintptr_t)&poll, 0);
}
