/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The lists of pages in PAGE_DATA records.  An entry is 8 bytes: the page
 * frame number in bits 0 to 51, reserved bits, the type in bits 60 to 63.
 * Data of 4096 bytes follow for every type but the last three.
 *
 * A writer sends every page of the guest once, in order and without a gap,
 * also those that do not exist; then, of a live save, pages that became dirty,
 * in ascending runs.  Nothing is kept of them but how far the first run came.
 */
#ifndef FORMAT_PAGES_H
#define FORMAT_PAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PAGE_LIST_OFFSET = 8, /* behind count and reserved bytes */
    PAGE_ENTRY_SIZE = 8,
    PAGE_SIZE_BYTES = 4096,
};

#define PAGE_NUMBER_MASK ((UINT64_C(1) << 52) - 1)

enum page_type {
    PAGE_NOTAB = 0,
    PAGE_BROKEN = 0xd,
    PAGE_XALLOC = 0xe,
    PAGE_XTAB = 0xf,
};

struct pages {
    bool hvm;          /* no page table types */
    bool any_order;    /* the writer's habits are not known */
    uint64_t limit;    /* of the P2M: pages below it exist; 0: not known */
    bool first_run;
    uint64_t covered;  /* the first run came so far */
    uint64_t last;     /* of this run */
    uint64_t entries;  /* all that were checked */
    uint64_t with_data;
};

static inline unsigned int page_type(uint64_t entry)
{
    return (unsigned int)(entry >> 60);
}

static inline bool page_has_data(uint64_t entry)
{
    return page_type(entry) < PAGE_BROKEN;
}

void pages_init(struct pages *p, bool hvm, bool any_order);

/* A record begins: here, and only here, may a further run. */
void pages_begin(struct pages *p);

/*
 * Checks entries up to the first that is wrong: says what is, and sets *at to
 * its index.  NULL: all is well.  Called again with what follows the wrong one
 * it goes on.
 */
const char *pages_check(struct pages *p, const uint8_t *list, size_t count,
                        size_t *at);

#endif
