/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An ELF core of physical memory, as QEMU's dump-guest-memory writes it, for that is
 * what crash, drgn, gdb and Volatility know:
 *
 *   header
 *   program headers  a PT_NOTE, and a PT_LOAD for each range of memory, whose
 *                    physical address is where it lies; more than 65,534 are counted
 *                    in a section header behind them (elf(5), PN_XNUM)
 *   notes            of each vCPU a NT_PRSTATUS of "CORE"; of each one of an HVM guest
 *                    a note of "QEMU" with control registers and descriptor
 *                    tables; the Linux guest's own VMCOREINFO, where it has one
 *   pages            from a multiple of 4096 on, so that zeros can be holes
 *
 * QEMU leaves virtual addresses at 0.  Here they are the physical ones, which gdb
 * wants and nobody else looks at.
 */
#include "config.h"

#include <elf.h>
#include <errno.h>
#include <string.h>

#include "format/pages.h"
#include "lib/memory_cpu.h"
#include "lib/memory_form.h"
#include "lib/memory_notes.h"
#include "util/cleanup.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "the headers are written as they lie in memory");

/*
 * No program header has an alignment: where one has, crash takes the core for one of
 * netdump's, and does not look for where KASLR has put the kernel.
 *
 * What the headers take, and where everything lies:
 */
struct elf_plan {
    uint64_t headers;  /* program headers */
    bool many;         /* more than the ELF header can count */
    uint64_t notes_at;
    uint64_t pages_at;
};

static void plan_elf(const struct memory_image *image, size_t notes,
                     struct elf_plan *out)
{
    uint64_t end;

    out->headers = image->ranges + 1;
    out->many = out->headers >= PN_XNUM;
    out->notes_at = sizeof(Elf64_Ehdr) + out->headers * sizeof(Elf64_Phdr)
                    + (out->many ? sizeof(Elf64_Shdr) : 0);
    end = out->notes_at + notes;
    out->pages_at = (end + PAGE_SIZE_BYTES - 1) / PAGE_SIZE_BYTES
                    * PAGE_SIZE_BYTES;
}

static int put_elf_header(struct memory_writing *w,
                          const struct elf_plan *plan, struct xr_error *err)
{
    Elf64_Ehdr header = {
        .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64,
                     ELFDATA2LSB, EV_CURRENT },
        .e_type = ET_CORE,
        .e_machine = EM_X86_64,
        .e_version = EV_CURRENT,
        .e_phoff = sizeof(Elf64_Ehdr),
        .e_ehsize = sizeof(Elf64_Ehdr),
        .e_phentsize = sizeof(Elf64_Phdr),
        .e_phnum = plan->many ? PN_XNUM : (Elf64_Half)plan->headers,
    };

    if (plan->many) {
        header.e_shoff = plan->notes_at - sizeof(Elf64_Shdr);
        header.e_shentsize = sizeof(Elf64_Shdr);
        header.e_shnum = 1;
    }
    return memory_sink_put(w->sink, &header, sizeof(header), err);
}

static int put_loads(struct memory_writing *w, const struct elf_plan *plan,
                     struct xr_error *err)
{
    uint64_t from = 0, first, count, offset = plan->pages_at;
    int r = 0;

    for (; !r && memory_map_range(&w->image->map, from, &first, &count);
         from = first + count) {
        const Elf64_Phdr load = {
            .p_type = PT_LOAD,
            .p_flags = PF_R | PF_W | PF_X,
            .p_offset = offset,
            .p_vaddr = first * PAGE_SIZE_BYTES,
            .p_paddr = first * PAGE_SIZE_BYTES,
            .p_filesz = count * PAGE_SIZE_BYTES,
            .p_memsz = count * PAGE_SIZE_BYTES,
        };

        r = memory_sink_put(w->sink, &load, sizeof(load), err);
        offset += count * PAGE_SIZE_BYTES;
    }
    return r;
}

static int put_program_headers(struct memory_writing *w,
                               const struct elf_plan *plan, size_t notes,
                               struct xr_error *err)
{
    const Elf64_Phdr note = {
        .p_type = PT_NOTE,
        .p_flags = PF_R,
        .p_offset = plan->notes_at,
        .p_filesz = notes,
        .p_memsz = notes,
    };
    const Elf64_Shdr count = { .sh_info = (Elf64_Word)plan->headers };
    int r = memory_sink_put(w->sink, &note, sizeof(note), err);

    if (!r)
        r = put_loads(w, plan, err);
    if (!r && plan->many)
        r = memory_sink_put(w->sink, &count, sizeof(count), err);
    return r;
}

static int put_elf(struct memory_writing *w, const struct buffer *notes,
                   struct xr_error *err)
{
    struct elf_plan plan;
    int r;

    plan_elf(w->image, notes->length, &plan);
    r = memory_sink_expect(w->sink, plan.pages_at
                           + w->image->pages * PAGE_SIZE_BYTES, err);
    if (!r)
        r = put_elf_header(w, &plan, err);
    if (!r)
        r = put_program_headers(w, &plan, notes->length, err);
    if (!r)
        r = memory_sink_put(w->sink, notes->data, notes->length, err);
    if (!r)
        r = memory_sink_to(w->sink, plan.pages_at, err);
    return r ? r : memory_put_all(w, err);
}

int memory_write_elf(struct memory_writing *w, struct xr_error *err)
{
    CLEANUP_BUFFER struct buffer notes = { 0 };
    int r;

    w->all *= 2; /* the guest's note is looked for first */
    memory_note_vcpus(w->image, &notes);
    r = memory_note_vmcoreinfo(w, &notes, err);
    if (!r && buffer_failed(&notes))
        r = error_set(err, ENOMEM, "out of memory");
    return r ? r : put_elf(w, &notes, err);
}
