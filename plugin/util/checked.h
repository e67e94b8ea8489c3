/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Arithmetic on lengths that a file, a guest or a peer has chosen.  Each
 * returns false, and leaves *out alone, where the result does not fit.
 */
#ifndef UTIL_CHECKED_H
#define UTIL_CHECKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline bool checked_add(uint64_t a, uint64_t b, uint64_t *out)
{
    uint64_t sum;

    if (__builtin_add_overflow(a, b, &sum))
        return false;
    *out = sum;
    return true;
}

static inline bool checked_mul(uint64_t a, uint64_t b, uint64_t *out)
{
    uint64_t product;

    if (__builtin_mul_overflow(a, b, &product))
        return false;
    *out = product;
    return true;
}

/* Rounds up to a multiple of alignment, a power of two. */
static inline bool checked_align(uint64_t value, uint64_t alignment,
                                 uint64_t *out)
{
    uint64_t raised;

    if (!checked_add(value, alignment - 1, &raised))
        return false;
    *out = raised & ~(alignment - 1);
    return true;
}

/* Does [offset, offset + length) lie within size bytes? */
static inline bool range_fits(uint64_t offset, uint64_t length, uint64_t size)
{
    return offset <= size && length <= size - offset;
}

#endif
