/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A made guest, whose pages say their number and the round in which they were sent,
 * and images of it of many rounds: what its memory is in the end is known.
 */
#ifndef TESTS_UNIT_MEMORY_GUEST_H
#define TESTS_UNIT_MEMORY_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/buffer.h"

enum {
    GUEST_PAGES = 1500,
    GUEST_GAP = 700,       /* so many from GUEST_GAP_AT on were never there */
    GUEST_GAP_AT = 600,
    GUEST_ROUNDS = 5,
    GUEST_VCPUS = 2,
    GUEST_PAGE = 4096,
};

struct guest_plan {
    bool hvm;
    bool narrow;     /* a PV guest of 32 bits */
    char container;  /* 'x'l, lib'v'irt, lib'l'ibxl, lib'c' */
    bool vmcoreinfo; /* Linux' note, in pages 40 and 41 */
    bool lure;       /* page 4 is as 40; there is no page 5 */
};

/* What a page is in the end. */
enum guest_page_kind {
    GUEST_NONE,
    GUEST_ZEROS,
    GUEST_DATA,
};

void guest_image(struct buffer *b, const struct guest_plan *plan);
enum guest_page_kind guest_page(const struct guest_plan *plan,
                                uint64_t number, uint8_t out[GUEST_PAGE]);

/* An entry of PAGE_DATA. */
uint64_t guest_entry(uint64_t number, unsigned int type);

/* One such record; pages of the types that have data are those of a round. */
void guest_record(struct buffer *b, const uint64_t *entries, uint32_t count,
                  unsigned int round);

/* The text in VMCOREINFO, and the values of registers, by vCPU. */
const char *guest_vmcoreinfo(void);
uint64_t guest_register(unsigned int vcpu, unsigned int which);

#endif
