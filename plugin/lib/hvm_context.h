/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The body of an HVM_CONTEXT record (Xen, public/hvm/save.h): entries of type
 * (2 bytes), instance (2), length (4) and body; the first is a header, the
 * last an end without a body.
 */
#ifndef LIB_HVM_CONTEXT_H
#define LIB_HVM_CONTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HVM_ENTRY_SIZE = 8,
    HVM_ENTRY_END = 0,
    HVM_ENTRY_HEADER = 1,
    HVM_ENTRY_CPU = 2,
};

struct hvm_entry {
    unsigned int type;
    unsigned int instance;
    uint32_t length;
    const uint8_t *body;
};

/* The entry at *at, which moves on; false at the end and where it lies. */
bool hvm_entry_next(const uint8_t *context, size_t n, size_t *at,
                    struct hvm_entry *out);

/* "CPU", "LAPIC", ...; "?" for a type unknown to us. */
const char *hvm_entry_name(unsigned int type);

#endif
