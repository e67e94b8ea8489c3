/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What little of libc there is.  The compiler calls memcpy and memset by
 * itself, freestanding or not.
 */

#include "guest.h"

void *memcpy(void *to, const void *from, size_t n)
{
    char *t = to;
    const char *f = from;

    while (n--)
        *t++ = *f++;
    return to;
}

void *memset(void *to, int byte, size_t n)
{
    char *t = to;

    while (n--)
        *t++ = (char)byte;
    return to;
}

size_t strlen(const char *text)
{
    size_t n = 0;

    while (text[n])
        n++;
    return n;
}

bool same(const char *a, const char *b)
{
    while (*a && *a == *b)
        a++, b++;
    return *a == *b;
}
