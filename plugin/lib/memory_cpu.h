/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The registers of a vCPU, out of what Xen has saved: struct hvm_hw_cpu
 * (public/arch-x86/hvm/save.h) of HVM and PVH guests, struct
 * vcpu_guest_context (public/arch-x86/xen.h) of PV guests of 64 or 32 bits;
 * and the latter made of the former, as a hypercall gives it that xl dump-core
 * uses.
 */
#ifndef LIB_MEMORY_CPU_H
#define LIB_MEMORY_CPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/memory_image.h"

/* In the order of hvm_hw_cpu. */
enum memory_register {
    MEMORY_RAX, MEMORY_RBX, MEMORY_RCX, MEMORY_RDX,
    MEMORY_RBP, MEMORY_RSI, MEMORY_RDI, MEMORY_RSP,
    MEMORY_R8, MEMORY_R9, MEMORY_R10, MEMORY_R11,
    MEMORY_R12, MEMORY_R13, MEMORY_R14, MEMORY_R15,
    MEMORY_RIP, MEMORY_RFLAGS, MEMORY_REGISTERS,
};

enum memory_segment_name {
    MEMORY_CS, MEMORY_DS, MEMORY_ES, MEMORY_FS, MEMORY_GS, MEMORY_SS,
    MEMORY_TR, MEMORY_LDTR, MEMORY_IDTR, MEMORY_GDTR, MEMORY_SEGMENTS,
};

struct memory_segment {
    uint32_t selector;
    uint32_t limit;
    uint32_t access;  /* as hvm_hw_cpu has it */
    uint64_t base;
};

struct memory_cpu {
    uint32_t number;
    uint64_t reg[MEMORY_REGISTERS];
    struct memory_segment segment[MEMORY_SEGMENTS];
    uint64_t cr[5];
    uint64_t dr[8];
    uint64_t kernel_gs_base;
    const uint8_t *fpu;  /* 512 bytes, borrowed */
};

enum {
    MEMORY_CONTEXT_64_SIZE = 5168,
    MEMORY_CONTEXT_32_SIZE = 2800,
};

/* False: the state is of a length that no Xen writes. */
bool memory_cpu_read(const struct memory_image *image,
                     const struct memory_vcpu *vcpu, struct memory_cpu *out);

/* How many vCPUs memory_cpu_read() can read. */
size_t memory_cpu_count(const struct memory_image *image);

/* As a vcpu_guest_context of 64 bits; what it has more than registers is 0. */
void memory_cpu_context(const struct memory_cpu *cpu,
                        uint8_t out[MEMORY_CONTEXT_64_SIZE]);

#endif
