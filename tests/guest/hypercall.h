/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Hypercalls, by the page of entry points that Xen fills in
 * (xen/arch-x86/xen-x86_64.h, xen-x86_32.h).
 */
#ifndef HYPERCALL_H
#define HYPERCALL_H

#include "guest.h"

#ifdef __i386__
/* Of these 32 bits each; the fourth is for few. */
static inline long hypercall4(unsigned int number, uint32_t a, uint32_t b,
                              uint32_t c, uint32_t d)
{
    void *entry = hypercall_page + number * 32;
    long result;

    __asm__ volatile("call *%[entry]"
                     : "=a"(result), "+b"(a), "+c"(b), "+d"(c), "+S"(d)
                     : [entry] "0"(entry)
                     : "memory", "cc");
    return result;
}

static inline long hypercall(unsigned int number, uint64_t a, uint64_t b,
                             uint64_t c)
{
    return hypercall4(number, (uint32_t)a, (uint32_t)b, (uint32_t)c, 0);
}
#else
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

#endif
