/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the compiler calls by itself to divide 64-bit numbers on a 32-bit
 * processor.
 */

#include "guest.h"

uint64_t __udivdi3(uint64_t n, uint64_t by);
uint64_t __umoddi3(uint64_t n, uint64_t by);

static uint64_t divide(uint64_t n, uint64_t by, uint64_t *rest_out)
{
    uint64_t rest = 0, quotient = 0;
    int bit;

    for (bit = 63; bit >= 0; bit--) {
        rest = rest << 1 | (n >> bit & 1);
        if (rest >= by) {
            rest -= by;
            quotient |= (uint64_t)1 << bit;
        }
    }
    *rest_out = rest;
    return quotient;
}

uint64_t __udivdi3(uint64_t n, uint64_t by)
{
    uint64_t rest;

    return divide(n, by, &rest);
}

uint64_t __umoddi3(uint64_t n, uint64_t by)
{
    uint64_t rest;

    divide(n, by, &rest);
    return rest;
}
