/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What xl dump-core writes: an ELF core with sections instead of program headers,
 * in this order, headers and contents alike but for the names, which come last.
 * Xen's docs/misc/dump-core-format.txt says what sections have; what it leaves open
 * is as xc_domain_dumpcore_via_callback() has it (tools/libs/guest/xg_core.c).
 *
 *   .shstrtab         names of the sections
 *   .note.Xen         NONE, HEADER, XEN_VERSION, FORMAT_VERSION
 *   .xen_prstatus     a vcpu_guest_context_any_t for each vCPU: 5,168 bytes, of which
 *                     a PV guest of 32 bits has the first 2,800
 *   .xen_shared_info  of a PV guest
 *   .xen_pages        the pages
 *   .xen_p2m          of a PV guest: for each of them its number and its frame
 *   .xen_pfn          of other guests: for each of them its number
 *
 * An image does not know on which frames a PV guest's pages were.  Nor is that
 * wanted: in page tables libxc has written the pages' own numbers instead.  So
 * each page is said to be on the frame of its number, by which the page tables
 * can be followed.  Of Xen's version there are major and minor number, nothing else.
 */
#include "config.h"

#include <elf.h>
#include <errno.h>
#include <string.h>

#include "format/pages.h"
#include "lib/memory_cpu.h"
#include "lib/memory_form.h"
#include "lib/memory_notes.h"
#include "util/bytes.h"
#include "util/cleanup.h"

enum {
    XEN_CORE_NOTE_NONE = 0x2000000,
    XEN_CORE_NOTE_HEADER,
    XEN_CORE_NOTE_XEN_VERSION,
    XEN_CORE_NOTE_FORMAT_VERSION,
    XEN_VERSION_SIZE = 1280, /* major, minor, six texts, two numbers */
    XEN_VERSION_PAGE_SIZE = 1272,
    XEN_VERSION_PAGE_SIZE_32 = 1268, /* of a PV guest of 32 bits */
    XEN_FORMAT_VERSION = 1,
    XEN_P2M_ENTRY_SIZE = 16,
    XEN_PFN_ENTRY_SIZE = 8,
};

#define XEN_CORE_MAGIC UINT64_C(0xF00FEBED)
#define XEN_CORE_MAGIC_HVM UINT64_C(0xF00FEBEE)

enum section_name {
    SECTION_NULL,
    SECTION_NAMES,
    SECTION_NOTES,
    SECTION_PRSTATUS,
    SECTION_SHARED_INFO,
    SECTION_PAGES,
    SECTION_NUMBERS,
    SECTIONS,
};

struct section {
    const char *name;
    uint32_t type;
    uint64_t size;
    uint64_t entry_size;
    uint64_t alignment;
};

/* One without a name is left out. */
struct xen_plan {
    struct section sections[SECTIONS];
    struct buffer names;
    struct buffer notes;
    uint64_t vcpus;
};

/* As their contents lie in the file. */
static const enum section_name file_order[] = {
    SECTION_NOTES, SECTION_PRSTATUS, SECTION_SHARED_INFO, SECTION_PAGES,
    SECTION_NUMBERS, SECTION_NAMES,
};

enum { FILE_ORDER = sizeof(file_order) / sizeof(file_order[0]) };

static bool is_narrow(const struct memory_image *image)
{
    return !memory_is_hvm(image) && image->width == 4;
}

/* Of a PV guest it is in the file as the image has it. */
static bool can_be_put(const struct memory_image *image,
                       const struct memory_vcpu *vcpu, struct memory_cpu *cpu)
{
    return memory_cpu_read(image, vcpu, cpu)
           && (memory_is_hvm(image)
               || vcpu->length == (is_narrow(image) ? MEMORY_CONTEXT_32_SIZE
                                                    : MEMORY_CONTEXT_64_SIZE));
}

static uint64_t count_contexts(const struct memory_image *image)
{
    struct memory_cpu cpu;
    uint64_t count = 0;
    size_t i;

    for (i = 0; i < image->vcpu_count; i++)
        count += can_be_put(image, &image->vcpus[i], &cpu);
    return count;
}

static void note_xen(const struct memory_image *image, uint64_t vcpus,
                     struct buffer *out)
{
    uint8_t header[32], version[XEN_VERSION_SIZE] = { 0 }, format[8];

    store_le64(header, memory_is_hvm(image) ? XEN_CORE_MAGIC_HVM
                                            : XEN_CORE_MAGIC);
    store_le64(header + 8, vcpus);
    store_le64(header + 16, image->pages);
    store_le64(header + 24, PAGE_SIZE_BYTES);
    store_le64(version, image->domain.xen_major);
    store_le64(version + 8, image->domain.xen_minor);
    store_le64(version + (is_narrow(image) ? XEN_VERSION_PAGE_SIZE_32
                                           : XEN_VERSION_PAGE_SIZE),
               PAGE_SIZE_BYTES);
    store_le64(format, XEN_FORMAT_VERSION);
    memory_note_add(out, "Xen", XEN_CORE_NOTE_NONE, NULL, 0);
    memory_note_add(out, "Xen", XEN_CORE_NOTE_HEADER, header, sizeof(header));
    memory_note_add(out, "Xen", XEN_CORE_NOTE_XEN_VERSION, version,
                    sizeof(version));
    memory_note_add(out, "Xen", XEN_CORE_NOTE_FORMAT_VERSION, format,
                    sizeof(format));
}

static void plan_sections(const struct memory_image *image,
                          struct xen_plan *plan)
{
    bool hvm = memory_is_hvm(image);
    uint64_t number = hvm ? XEN_PFN_ENTRY_SIZE : XEN_P2M_ENTRY_SIZE;
    const struct section sections[SECTIONS] = {
        [SECTION_NULL] = { .name = "" },
        [SECTION_NAMES] = { ".shstrtab", SHT_STRTAB, 0, 0, 0 },
        [SECTION_NOTES] = { ".note.Xen", SHT_NOTE, plan->notes.length, 0, 0 },
        [SECTION_PRSTATUS] = {
            ".xen_prstatus", SHT_PROGBITS,
            plan->vcpus * MEMORY_CONTEXT_64_SIZE, MEMORY_CONTEXT_64_SIZE, 8,
        },
        [SECTION_SHARED_INFO] = {
            image->shared_info ? ".xen_shared_info" : NULL, SHT_PROGBITS,
            PAGE_SIZE_BYTES, PAGE_SIZE_BYTES, 8,
        },
        [SECTION_PAGES] = {
            ".xen_pages", SHT_PROGBITS, image->pages * PAGE_SIZE_BYTES,
            PAGE_SIZE_BYTES, PAGE_SIZE_BYTES,
        },
        [SECTION_NUMBERS] = {
            hvm ? ".xen_pfn" : ".xen_p2m", SHT_PROGBITS,
            image->pages * number, number, 8,
        },
    };
    size_t i;

    memcpy(plan->sections, sections, sizeof(sections));
    for (i = 0; i < SECTIONS; i++)
        if (plan->sections[i].name)
            buffer_append(&plan->names, plan->sections[i].name,
                          strlen(plan->sections[i].name) + 1);
    plan->sections[SECTION_NAMES].size = plan->names.length;
}

static uint64_t count_sections(const struct xen_plan *plan)
{
    return SECTIONS - (plan->sections[SECTION_SHARED_INFO].name ? 0 : 1);
}

/* As ELF has it, no alignment is 0, or 1. */
static uint64_t align_up(uint64_t at, uint64_t alignment)
{
    return alignment ? (at + alignment - 1) / alignment * alignment : at;
}

static int put_core_header(struct memory_writing *w,
                           const struct xen_plan *plan, struct xr_error *err)
{
    const Elf64_Ehdr header = {
        .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64,
                     ELFDATA2LSB, EV_CURRENT, ELFOSABI_SYSV, EV_CURRENT },
        .e_type = ET_CORE,
        .e_machine = is_narrow(w->image) ? EM_386 : EM_X86_64,
        .e_version = EV_CURRENT,
        .e_shoff = sizeof(Elf64_Ehdr),
        .e_ehsize = sizeof(Elf64_Ehdr),
        .e_phentsize = sizeof(Elf64_Phdr),
        .e_shentsize = sizeof(Elf64_Shdr),
        .e_shnum = (Elf64_Half)count_sections(plan),
        .e_shstrndx = SECTION_NAMES,
    };

    return memory_sink_put(w->sink, &header, sizeof(header), err);
}

/* Where each section's contents are; *end_out: where the last of them end. */
static void place_sections(const struct xen_plan *plan,
                           uint64_t offsets[SECTIONS], uint64_t *end_out)
{
    uint64_t at = sizeof(Elf64_Ehdr)
                  + count_sections(plan) * sizeof(Elf64_Shdr);
    size_t i;

    for (i = 0; i < FILE_ORDER; i++) {
        const struct section *section = &plan->sections[file_order[i]];

        if (!section->name)
            continue;
        at = align_up(at, section->alignment);
        offsets[file_order[i]] = at;
        at += section->size;
    }
    *end_out = at;
}

static int put_section_headers(struct memory_writing *w,
                               const struct xen_plan *plan,
                               struct xr_error *err)
{
    uint64_t offsets[SECTIONS] = { 0 }, end;
    uint32_t name = 0;
    size_t i;
    int r = 0;

    place_sections(plan, offsets, &end);
    for (i = 0; !r && i < SECTIONS; i++) {
        const struct section *section = &plan->sections[i];
        const Elf64_Shdr header = {
            .sh_name = name,
            .sh_type = section->type,
            .sh_offset = offsets[i],
            .sh_size = section->size,
            .sh_entsize = section->entry_size,
            .sh_addralign = section->alignment,
        };

        if (!section->name)
            continue;
        r = memory_sink_put(w->sink, &header, sizeof(header), err);
        name += (uint32_t)strlen(section->name) + 1;
    }
    return r ? r : memory_sink_expect(w->sink, end, err);
}

static int put_contexts(struct memory_writing *w, struct xr_error *err)
{
    uint8_t context[MEMORY_CONTEXT_64_SIZE] = { 0 };
    const struct memory_vcpu *vcpu = w->image->vcpus;
    struct memory_cpu cpu;
    size_t i;
    int r = 0;

    for (i = 0; !r && i < w->image->vcpu_count; i++, vcpu++) {
        if (!can_be_put(w->image, vcpu, &cpu))
            continue;
        if (memory_is_hvm(w->image))
            memory_cpu_context(&cpu, context);
        else
            memcpy(context, vcpu->state, vcpu->length);
        r = memory_sink_put(w->sink, context, sizeof(context), err);
    }
    return r;
}

static int put_numbers(struct memory_writing *w, struct xr_error *err)
{
    size_t n = memory_is_hvm(w->image) ? XEN_PFN_ENTRY_SIZE
                                       : XEN_P2M_ENTRY_SIZE;
    uint64_t from = 0, first, count, i;
    uint8_t entry[XEN_P2M_ENTRY_SIZE];
    int r = 0;

    for (; !r && memory_map_range(&w->image->map, from, &first, &count);
         from = first + count)
        for (i = first; !r && i < first + count; i++) {
            store_le64(entry, i);
            store_le64(entry + 8, i);
            r = memory_sink_put(w->sink, entry, n, err);
        }
    return r;
}

static int put_section(struct memory_writing *w, const struct xen_plan *plan,
                       size_t which, struct xr_error *err)
{
    switch (which) {
    case SECTION_NAMES:
        return memory_sink_put(w->sink, plan->names.data, plan->names.length,
                               err);
    case SECTION_NOTES:
        return memory_sink_put(w->sink, plan->notes.data, plan->notes.length,
                               err);
    case SECTION_PRSTATUS:
        return put_contexts(w, err);
    case SECTION_SHARED_INFO:
        return memory_sink_put(w->sink, w->image->shared_info,
                               PAGE_SIZE_BYTES, err);
    case SECTION_NUMBERS:
        return put_numbers(w, err);
    default:
        return memory_put_all(w, err);
    }
}

static int put_sections(struct memory_writing *w, const struct xen_plan *plan,
                        struct xr_error *err)
{
    size_t i;
    int r = 0;

    for (i = 0; !r && i < FILE_ORDER; i++) {
        const struct section *section = &plan->sections[file_order[i]];

        if (!section->name)
            continue;
        r = memory_sink_to(w->sink,
                           align_up(w->sink->at, section->alignment), err);
        if (!r)
            r = put_section(w, plan, file_order[i], err);
    }
    return r;
}

static void free_plan(struct xen_plan *plan)
{
    buffer_free(&plan->names);
    buffer_free(&plan->notes);
}

int memory_write_xen(struct memory_writing *w, struct xr_error *err)
{
    CLEANUP(free_plan) struct xen_plan plan = {
        .vcpus = count_contexts(w->image),
    };
    int r;

    note_xen(w->image, plan.vcpus, &plan.notes);
    plan_sections(w->image, &plan);
    if (buffer_failed(&plan.notes) || buffer_failed(&plan.names))
        return error_set(err, ENOMEM, "out of memory");
    r = put_core_header(w, &plan, err);
    if (!r)
        r = put_section_headers(w, &plan, err);
    return r ? r : put_sections(w, &plan, err);
}
