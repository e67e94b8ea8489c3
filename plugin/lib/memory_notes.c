/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "lib/memory_notes.h"

#include <elf.h>
#include <errno.h>
#include <string.h>

#include "format/pages.h"
#include "lib/memory_cpu.h"
#include "util/bytes.h"

/* struct elf_prstatus of amd64: what is not set is 0. */
enum {
    PRSTATUS_SIZE = 336,
    PRSTATUS_PID = 32,
    PRSTATUS_REGISTERS = 112,
};

/* QEMU's note of a vCPU, version 1. */
enum {
    QEMU_VERSION = 1,
    QEMU_SIZE = 440,
    QEMU_REGISTERS = 8,
    QEMU_SEGMENTS = 152,
    QEMU_SEGMENT_SIZE = 24,
    QEMU_CR = 392,
    QEMU_KERNEL_GS_BASE = 432,
};

/* How Linux writes VMCOREINFO: a page, or two, and a note's header. */
enum {
    VMCOREINFO_TEXT_AT = 24,
    VMCOREINFO_MAX = 2 * PAGE_SIZE_BYTES,
};

static const char vmcoreinfo_name[] = "VMCOREINFO";
static const char vmcoreinfo_begins[] = "OSRELEASE=";

static void pad_note(struct buffer *out)
{
    static const char zeros[4];

    buffer_append(out, zeros, (4 - out->length % 4) % 4);
}

void memory_note_add(struct buffer *out, const char *name, uint32_t type,
                     const void *bytes, size_t n)
{
    uint8_t header[12];

    store_le32(header, (uint32_t)strlen(name) + 1);
    store_le32(header + 4, (uint32_t)n);
    store_le32(header + 8, type);
    buffer_append(out, header, sizeof(header));
    buffer_append(out, name, strlen(name) + 1);
    pad_note(out);
    buffer_append(out, bytes, n);
    pad_note(out);
}

/* Registers in the order of struct user_regs_struct. */
static void put_prstatus(const struct memory_cpu *cpu, struct buffer *out)
{
    static const uint8_t order[] = {
        MEMORY_R15, MEMORY_R14, MEMORY_R13, MEMORY_R12, MEMORY_RBP,
        MEMORY_RBX, MEMORY_R11, MEMORY_R10, MEMORY_R9, MEMORY_R8,
        MEMORY_RAX, MEMORY_RCX, MEMORY_RDX, MEMORY_RSI, MEMORY_RDI,
    };
    const struct memory_segment *s = cpu->segment;
    const uint64_t rest[] = {
        UINT64_MAX, /* orig_rax: in no system call */
        cpu->reg[MEMORY_RIP], s[MEMORY_CS].selector,
        cpu->reg[MEMORY_RFLAGS], cpu->reg[MEMORY_RSP],
        s[MEMORY_SS].selector, s[MEMORY_FS].base, s[MEMORY_GS].base,
        s[MEMORY_DS].selector, s[MEMORY_ES].selector,
        s[MEMORY_FS].selector, s[MEMORY_GS].selector,
    };
    uint8_t status[PRSTATUS_SIZE] = { 0 }, *at = status + PRSTATUS_REGISTERS;
    size_t i;

    store_le32(status + PRSTATUS_PID, cpu->number + 1);
    for (i = 0; i < sizeof(order); i++, at += 8)
        store_le64(at, cpu->reg[order[i]]);
    for (i = 0; i < sizeof(rest) / sizeof(rest[0]); i++, at += 8)
        store_le64(at, rest[i]);
    memory_note_add(out, "CORE", NT_PRSTATUS, status, sizeof(status));
}

/* QEMU keeps the access bits where a descriptor has them. */
static void store_qemu_segment(const struct memory_segment *segment,
                               uint8_t *at)
{
    store_le32(at, segment->selector);
    store_le32(at + 4, segment->limit);
    store_le32(at + 8, (segment->access & 0xff) << 8
                       | (segment->access & 0xf00) << 12);
    store_le64(at + 16, segment->base);
}

static void put_qemu(const struct memory_cpu *cpu, struct buffer *out)
{
    static const uint8_t order[] = {
        MEMORY_RAX, MEMORY_RBX, MEMORY_RCX, MEMORY_RDX, MEMORY_RSI,
        MEMORY_RDI, MEMORY_RSP, MEMORY_RBP, MEMORY_R8, MEMORY_R9,
        MEMORY_R10, MEMORY_R11, MEMORY_R12, MEMORY_R13, MEMORY_R14,
        MEMORY_R15, MEMORY_RIP, MEMORY_RFLAGS,
    };
    static const uint8_t segments[] = {
        MEMORY_CS, MEMORY_DS, MEMORY_ES, MEMORY_FS, MEMORY_GS, MEMORY_SS,
        MEMORY_LDTR, MEMORY_TR, MEMORY_GDTR, MEMORY_IDTR,
    };
    uint8_t state[QEMU_SIZE] = { 0 };
    size_t i;

    store_le32(state, QEMU_VERSION);
    store_le32(state + 4, QEMU_SIZE);
    for (i = 0; i < sizeof(order); i++)
        store_le64(state + QEMU_REGISTERS + 8 * i, cpu->reg[order[i]]);
    for (i = 0; i < sizeof(segments); i++)
        store_qemu_segment(&cpu->segment[segments[i]],
                           state + QEMU_SEGMENTS + QEMU_SEGMENT_SIZE * i);
    for (i = 0; i < sizeof(cpu->cr) / sizeof(cpu->cr[0]); i++)
        store_le64(state + QEMU_CR + 8 * i, cpu->cr[i]);
    store_le64(state + QEMU_KERNEL_GS_BASE, cpu->kernel_gs_base);
    memory_note_add(out, "QEMU", 0, state, sizeof(state));
}

void memory_note_vcpus(const struct memory_image *image, struct buffer *out)
{
    struct memory_cpu cpu;
    size_t i;

    for (i = 0; i < image->vcpu_count; i++)
        if (memory_cpu_read(image, &image->vcpus[i], &cpu))
            put_prstatus(&cpu, out);
    /* A PV guest's descriptor tables are Xen's. */
    for (i = 0; memory_is_hvm(image) && i < image->vcpu_count; i++)
        if (memory_cpu_read(image, &image->vcpus[i], &cpu))
            put_qemu(&cpu, out);
}

struct vmcoreinfo {
    uint32_t length;  /* 0: not found yet */
    uint8_t text[VMCOREINFO_MAX];
};

static bool is_vmcoreinfo(const uint8_t *page, uint32_t *length_out)
{
    uint32_t length = load_le32(page + 4);

    if (load_le32(page) != sizeof(vmcoreinfo_name) || load_le32(page + 8)
        || memcmp(page + 12, vmcoreinfo_name, sizeof(vmcoreinfo_name))
        || memcmp(page + VMCOREINFO_TEXT_AT, vmcoreinfo_begins,
                  sizeof(vmcoreinfo_begins) - 1)
        || length < sizeof(vmcoreinfo_begins) || length > VMCOREINFO_MAX)
        return false;
    *length_out = length;
    return true;
}

/* One that goes on where there is no memory is none. */
static int take_vmcoreinfo(struct memory_writing *w, uint64_t page,
                           uint32_t length, struct vmcoreinfo *out,
                           struct xr_error *err)
{
    int r = memory_image_bytes(w->image,
                               page * PAGE_SIZE_BYTES + VMCOREINFO_TEXT_AT,
                               out->text, length, err);

    if (!r)
        out->length = length;
    return r == -ENXIO ? 0 : r;
}

static int look_for_vmcoreinfo(struct memory_writing *w, void *data,
                               const struct memory_run *run,
                               struct xr_error *err)
{
    struct vmcoreinfo *found = data;
    uint32_t length;
    uint64_t i;
    int r = 0;

    for (i = 0; !r && !found->length && i < run->count; i++)
        if (is_vmcoreinfo(w->chunk + i * PAGE_SIZE_BYTES, &length))
            r = take_vmcoreinfo(w, run->first + i, length, found, err);
    return !r && found->length ? 1 : r; /* the rest need not be read */
}

int memory_note_vmcoreinfo(struct memory_writing *w, struct buffer *out,
                           struct xr_error *err)
{
    struct vmcoreinfo found = { .length = 0 };
    uint64_t from = 0, first, count;
    int r = 0;

    for (; !r && memory_map_range(&w->image->map, from, &first, &count);
         from = first + count)
        r = memory_each_chunk(w, first, count, look_for_vmcoreinfo, &found,
                              err);
    w->done = w->image->pages;
    if (r < 0 || !found.length)
        return r < 0 ? r : 0;
    memory_note_add(out, vmcoreinfo_name, 0, found.text, found.length);
    w->vmcoreinfo = true;
    return 0;
}
