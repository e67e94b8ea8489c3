/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "lib/memory_cpu.h"

#include <string.h>

#include "util/bytes.h"

/* Places in hvm_hw_cpu; the least that a state has is up to its EFER. */
enum {
    HVM_REGISTERS = 512,
    HVM_CR = 656,
    HVM_DR = 688,
    HVM_SELECTORS = 736,
    HVM_LIMITS = 768,
    HVM_BASES = 808,
    HVM_ACCESSES = 888,
    HVM_SHADOW_GS = 944,
    HVM_LEAST = 1000,
};

/* Places in vcpu_guest_context, of 64 and of 32 bits. */
enum {
    CONTEXT_FLAGS = 512,
    CONTEXT_USER_REGS = 520,
    CONTEXT_CR = 4984,
    CONTEXT_DR = 5048,
    CONTEXT_FS_BASE = 5144,
    CONTEXT_GS_BASE_KERNEL = 5152,
    CONTEXT_GS_BASE_USER = 5160,
    CONTEXT_32_USER_REGS = 516,
    CONTEXT_32_CR = 2716,
    IN_KERNEL = 1 << 2,
};

/* Places in cpu_user_regs, of 64 and of 32 bits, and how wide they are there. */
struct place {
    uint8_t what;
    uint8_t at;
};

static const struct place registers_64[] = {
    { MEMORY_R15, 0 }, { MEMORY_R14, 8 }, { MEMORY_R13, 16 },
    { MEMORY_R12, 24 }, { MEMORY_RBP, 32 }, { MEMORY_RBX, 40 },
    { MEMORY_R11, 48 }, { MEMORY_R10, 56 }, { MEMORY_R9, 64 },
    { MEMORY_R8, 72 }, { MEMORY_RAX, 80 }, { MEMORY_RCX, 88 },
    { MEMORY_RDX, 96 }, { MEMORY_RSI, 104 }, { MEMORY_RDI, 112 },
    { MEMORY_RIP, 128 }, { MEMORY_RFLAGS, 144 }, { MEMORY_RSP, 152 },
};

static const struct place registers_32[] = {
    { MEMORY_RBX, 0 }, { MEMORY_RCX, 4 }, { MEMORY_RDX, 8 },
    { MEMORY_RSI, 12 }, { MEMORY_RDI, 16 }, { MEMORY_RBP, 20 },
    { MEMORY_RAX, 24 }, { MEMORY_RIP, 32 }, { MEMORY_RFLAGS, 40 },
    { MEMORY_RSP, 44 },
};

static const struct place selectors_64[] = {
    { MEMORY_CS, 136 }, { MEMORY_SS, 160 }, { MEMORY_ES, 168 },
    { MEMORY_DS, 176 }, { MEMORY_FS, 184 }, { MEMORY_GS, 192 },
};

static const struct place selectors_32[] = {
    { MEMORY_CS, 36 }, { MEMORY_SS, 48 }, { MEMORY_ES, 52 },
    { MEMORY_DS, 56 }, { MEMORY_FS, 60 }, { MEMORY_GS, 64 },
};

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Of the descriptor tables limits stand in another order than bases. */
static void read_hvm_segments(const uint8_t *s, struct memory_cpu *out)
{
    static const uint8_t names[] = {
        MEMORY_CS, MEMORY_DS, MEMORY_ES, MEMORY_FS, MEMORY_GS, MEMORY_SS,
        MEMORY_TR, MEMORY_LDTR,
    };
    size_t i;

    for (i = 0; i < COUNT_OF(names); i++)
        out->segment[names[i]] = (struct memory_segment){
            .selector = load_le32(s + HVM_SELECTORS + 4 * i),
            .limit = load_le32(s + HVM_LIMITS + 4 * i),
            .access = load_le32(s + HVM_ACCESSES + 4 * i),
            .base = load_le64(s + HVM_BASES + 8 * i),
        };
    for (i = MEMORY_IDTR; i <= MEMORY_GDTR; i++) {
        out->segment[i].limit = load_le32(s + HVM_LIMITS + 4 * i);
        out->segment[i].base = load_le64(s + HVM_BASES + 8 * i);
    }
}

static bool read_hvm(const struct memory_vcpu *vcpu, struct memory_cpu *out)
{
    static const uint8_t crs[] = { 0, 2, 3, 4 };
    static const uint8_t drs[] = { 0, 1, 2, 3, 6, 7 };
    const uint8_t *s = vcpu->state;
    size_t i;

    if (vcpu->length < HVM_LEAST)
        return false;
    for (i = 0; i < MEMORY_REGISTERS; i++)
        out->reg[i] = load_le64(s + HVM_REGISTERS + 8 * i);
    for (i = 0; i < COUNT_OF(crs); i++)
        out->cr[crs[i]] = load_le64(s + HVM_CR + 8 * i);
    for (i = 0; i < COUNT_OF(drs); i++)
        out->dr[drs[i]] = load_le64(s + HVM_DR + 8 * i);
    read_hvm_segments(s, out);
    out->kernel_gs_base = load_le64(s + HVM_SHADOW_GS);
    return true;
}

static void read_pv_64(const uint8_t *s, struct memory_cpu *out)
{
    const uint8_t *regs = s + CONTEXT_USER_REGS;
    uint64_t kernel_gs = load_le64(s + CONTEXT_GS_BASE_KERNEL);
    uint64_t user_gs = load_le64(s + CONTEXT_GS_BASE_USER);
    bool in_kernel = load_le64(s + CONTEXT_FLAGS) & IN_KERNEL;
    size_t i;

    for (i = 0; i < COUNT_OF(registers_64); i++)
        out->reg[registers_64[i].what] = load_le64(regs + registers_64[i].at);
    for (i = 0; i < COUNT_OF(selectors_64); i++)
        out->segment[selectors_64[i].what].selector =
            load_le16(regs + selectors_64[i].at);
    for (i = 0; i < COUNT_OF(out->cr); i++)
        out->cr[i] = load_le64(s + CONTEXT_CR + 8 * i);
    for (i = 0; i < COUNT_OF(out->dr); i++)
        out->dr[i] = load_le64(s + CONTEXT_DR + 8 * i);
    out->segment[MEMORY_FS].base = load_le64(s + CONTEXT_FS_BASE);
    out->segment[MEMORY_GS].base = in_kernel ? kernel_gs : user_gs;
    out->kernel_gs_base = in_kernel ? user_gs : kernel_gs;
}

static void read_pv_32(const uint8_t *s, struct memory_cpu *out)
{
    const uint8_t *regs = s + CONTEXT_32_USER_REGS;
    size_t i;

    for (i = 0; i < COUNT_OF(registers_32); i++)
        out->reg[registers_32[i].what] = load_le32(regs + registers_32[i].at);
    for (i = 0; i < COUNT_OF(selectors_32); i++)
        out->segment[selectors_32[i].what].selector =
            load_le16(regs + selectors_32[i].at);
    for (i = 0; i < COUNT_OF(out->cr); i++)
        out->cr[i] = load_le32(s + CONTEXT_32_CR + 4 * i);
}

bool memory_cpu_read(const struct memory_image *image,
                     const struct memory_vcpu *vcpu, struct memory_cpu *out)
{
    *out = (struct memory_cpu){ .number = vcpu->number, .fpu = vcpu->state };
    if (memory_is_hvm(image))
        return read_hvm(vcpu, out);
    if (vcpu->length == MEMORY_CONTEXT_64_SIZE)
        read_pv_64(vcpu->state, out);
    else if (vcpu->length == MEMORY_CONTEXT_32_SIZE)
        read_pv_32(vcpu->state, out);
    else
        return false;
    return true;
}

size_t memory_cpu_count(const struct memory_image *image)
{
    struct memory_cpu cpu;
    size_t i, count = 0;

    for (i = 0; i < image->vcpu_count; i++)
        count += memory_cpu_read(image, &image->vcpus[i], &cpu);
    return count;
}

void memory_cpu_context(const struct memory_cpu *cpu,
                        uint8_t out[MEMORY_CONTEXT_64_SIZE])
{
    uint8_t *regs = out + CONTEXT_USER_REGS;
    size_t i;

    memset(out, 0, MEMORY_CONTEXT_64_SIZE);
    memcpy(out, cpu->fpu, CONTEXT_FLAGS);
    for (i = 0; i < COUNT_OF(registers_64); i++)
        store_le64(regs + registers_64[i].at, cpu->reg[registers_64[i].what]);
    for (i = 0; i < COUNT_OF(selectors_64); i++)
        store_le16(regs + selectors_64[i].at,
                   (uint16_t)cpu->segment[selectors_64[i].what].selector);
    for (i = 0; i < COUNT_OF(cpu->cr); i++)
        store_le64(out + CONTEXT_CR + 8 * i, cpu->cr[i]);
    for (i = 0; i < COUNT_OF(cpu->dr); i++)
        store_le64(out + CONTEXT_DR + 8 * i, cpu->dr[i]);
    store_le64(out + CONTEXT_FS_BASE, cpu->segment[MEMORY_FS].base);
    store_le64(out + CONTEXT_GS_BASE_KERNEL, cpu->segment[MEMORY_GS].base);
    store_le64(out + CONTEXT_GS_BASE_USER, cpu->kernel_gs_base);
}
