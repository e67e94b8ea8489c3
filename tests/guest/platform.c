/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is the same on both platforms.
 */
#include "platform.h"

struct platform platform = { .command_line = "" };

uint8_t *platform_take_memory(uint64_t wanted, uint64_t *pages_out)
{
    uint8_t *taken = platform.free_memory;

    *pages_out = wanted < platform.free_pages ? wanted : platform.free_pages;
    platform.free_memory += *pages_out * PAGE_BYTES;
    platform.free_pages -= *pages_out;
    return taken;
}
