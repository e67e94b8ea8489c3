/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "format/cpuid.h"

#include "util/bytes.h"

/*
 * Registers of feature bits, and the bits in them that change at run time or
 * say how the CPU is used: APIC, HTT, OSXSAVE, hypervisor; OSPKE; CMP_LEGACY.
 * AMD's copy of leaf 1's edx in leaf 0x80000001 is only in guests' policies.
 */
static const struct {
    uint32_t leaf, subleaf;
    unsigned int reg;  /* 0: eax */
    uint32_t ignored;
} features[] = {
    { 0x00000001, 0, 2, 1U << 31 | 1U << 27 },
    { 0x00000001, 0, 3, 1U << 28 | 1U << 9 },
    { 0x00000007, 0, 1, 0 },
    { 0x00000007, 0, 2, 1U << 4 },
    { 0x00000007, 1, 0, 0 },
    { 0x0000000d, 1, 0, 0 },
    { 0x80000001, 0, 2, 1U << 1 },
    { 0x80000001, 0, 3, 0x0183f3ff },
};

/* A leaf without subleaves has all ones, or 0, as its subleaf. */
static uint32_t find_register(const uint8_t *leaves, size_t size,
                              uint32_t leaf, uint32_t subleaf,
                              unsigned int reg)
{
    size_t i;

    for (i = 0; i + CPUID_LEAF_SIZE <= size; i += CPUID_LEAF_SIZE) {
        uint32_t sub = load_le32(leaves + i + 4);

        if (load_le32(leaves + i) == leaf
            && (sub == subleaf || (sub == UINT32_MAX && !subleaf)))
            return load_le32(leaves + i + 8 + (size_t)4 * reg);
    }
    return 0;
}

bool cpuid_lacks(const uint8_t *guest, size_t guest_size,
                 const uint8_t *host, size_t host_size,
                 struct cpuid_lack *out)
{
    static const char *const names[] = { "eax", "ebx", "ecx", "edx" };
    size_t i;

    for (i = 0; i < sizeof(features) / sizeof(features[0]); i++) {
        uint32_t leaf = features[i].leaf, subleaf = features[i].subleaf;
        uint32_t bits = find_register(guest, guest_size, leaf, subleaf,
                                      features[i].reg)
            & ~find_register(host, host_size, leaf, subleaf, features[i].reg)
            & ~features[i].ignored;

        if (!bits)
            continue;
        *out = (struct cpuid_lack){
            .leaf = leaf,
            .subleaf = subleaf,
            .reg = names[features[i].reg],
            .bits = bits,
        };
        return true;
    }
    return false;
}
