/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The body of an X86_CPUID_POLICY record: leaves of 24 bytes, little-endian:
 * leaf, subleaf, eax, ebx, ecx, edx.
 */
#ifndef FORMAT_CPUID_H
#define FORMAT_CPUID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CPUID_LEAF_SIZE = 24 };

struct cpuid_lack {
    uint32_t leaf;
    uint32_t subleaf;
    const char *reg;  /* "eax" to "edx" */
    uint32_t bits;
};

/*
 * The first register of feature bits in which a guest has some that the host
 * has not.  Bits that say what the guest's system did, not what the CPU can,
 * do not count.
 */
bool cpuid_lacks(const uint8_t *guest, size_t guest_size,
                 const uint8_t *host, size_t host_size,
                 struct cpuid_lack *out);

#endif
