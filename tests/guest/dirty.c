/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * "dirty=1": some MiB of the guest's memory are written again and again, a
 * portion of the pages with each step.
 */
#include "platform.h"

enum {
    DIRTY_PAGES = 1024, /* 4 MiB */
    PORTION = 128,
};

static uint8_t *memory;
static uint64_t pages; /* 0: nothing to do */
static uint64_t next;

void dirty_start(void)
{
    memory = platform_take_memory(DIRTY_PAGES, &pages);
    if (!pages)
        print("dirty: no memory\n");
}

void dirty_step(void)
{
    uint64_t i;

    for (i = 0; pages && i < PORTION; i++) {
        ++*(volatile uint64_t *)(memory + next * PAGE_BYTES);
        next = (next + 1) % pages;
    }
}
