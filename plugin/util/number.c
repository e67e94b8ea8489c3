/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "util/number.h"

#include <string.h>

static unsigned int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned int)(c - '0');
    if (c >= 'a' && c <= 'f')
        return (unsigned int)(c - 'a') + 10;
    if (c >= 'A' && c <= 'F')
        return (unsigned int)(c - 'A') + 10;
    return 16;
}

bool number_parse(const char *text, uint64_t *out)
{
    unsigned int base = strncmp(text, "0x", 2) ? 10 : 16;
    uint64_t value = 0;

    if (base == 16)
        text += 2;
    if (!*text)
        return false;
    for (; *text; text++) {
        unsigned int next = digit_value(*text);

        if (next >= base || value > (UINT64_MAX - next) / base)
            return false;
        value = value * base + next;
    }
    *out = value;
    return true;
}
