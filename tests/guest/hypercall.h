/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Hypercalls, by the page of entry points that Xen fills in
 * (xen/arch-x86/xen-x86_64.h).
 */
#ifndef HYPERCALL_H
#define HYPERCALL_H

#include "guest.h"

static inline long hypercall(unsigned int number, uint64_t a, uint64_t b,
                             uint64_t c)
{
    void *entry = hypercall_page + number * 32;
    long result;

    __asm__ volatile("call *%[entry]"
                     : "=a"(result), "+D"(a), "+S"(b), "+d"(c)
                     : [entry] "r"(entry)
                     : "rcx", "r8", "r9", "r10", "r11", "memory", "cc");
    return result;
}

#endif
