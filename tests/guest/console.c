/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The PV console (xen/io/console.h).  What does not fit is dropped: a guest
 * must not hang because nobody reads.
 */

#include "hypercall.h"
#include "platform.h"

#include <xen/event_channel.h>
#include <xen/io/console.h>

static void put(char c)
{
    struct xencons_interface *ring = platform.console_ring;

    if (ring->out_prod - ring->out_cons == sizeof(ring->out))
        return;
    ring->out[ring->out_prod % sizeof(ring->out)] = c;
    __asm__ volatile("" ::: "memory");
    ring->out_prod++;
}

void print(const char *text)
{
    struct evtchn_send send = { .port = platform.console_port };

    for (; *text; text++) {
        if (*text == '\n')
            put('\r');
        put(*text);
    }
    hypercall(__HYPERVISOR_event_channel_op, EVTCHNOP_send, (uintptr_t)&send,
              0);
}

void print_number(uint64_t number)
{
    char text[21];
    char *p = text + sizeof(text) - 1;

    *p = '\0';
    do
        *--p = (char)('0' + number % 10);
    while (number /= 10);
    print(p);
}
