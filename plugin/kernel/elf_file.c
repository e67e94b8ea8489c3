/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libelf translates the tables of an ELF image (elf32_xlatetom and
 * elf64_xlatetom), one bounded piece at a time.  It is never shown the image
 * as a whole: that would take all of a compressed kernel, and would hand
 * libelf's own walks a hostile file inside the toolstack.
 */
#include "config.h"

#include "kernel/elf_file.h"

#include <errno.h>
#include <string.h>

#include "kernel/elf.h"
#include "util/checked.h"

bool elf_magic_here(const uint8_t *bytes, size_t n)
{
    return n >= SELFMAG && !memcmp(bytes, ELFMAG, SELFMAG);
}

/* Translates count structures of the given type from file to memory form. */
static bool elf_translate(const struct elf_file *image, Elf_Type type,
                          void *from, size_t from_size, void *to,
                          size_t to_size)
{
    Elf_Data source = {
        .d_buf = from, .d_type = type, .d_size = from_size,
        .d_version = EV_CURRENT,
    };
    Elf_Data target = {
        .d_buf = to, .d_type = type, .d_size = to_size,
        .d_version = EV_CURRENT,
    };

    return image->wide
        ? elf64_xlatetom(&target, &source, image->encoding) != NULL
        : elf32_xlatetom(&target, &source, image->encoding) != NULL;
}

static void widen_header(const Elf32_Ehdr *narrow, Elf64_Ehdr *out)
{
    *out = (Elf64_Ehdr){
        .e_type = narrow->e_type,
        .e_machine = narrow->e_machine,
        .e_phoff = narrow->e_phoff,
        .e_shoff = narrow->e_shoff,
        .e_phentsize = narrow->e_phentsize,
        .e_phnum = narrow->e_phnum,
        .e_shentsize = narrow->e_shentsize,
        .e_shnum = narrow->e_shnum,
        .e_shstrndx = narrow->e_shstrndx,
    };
}

static void widen_segment(const Elf32_Phdr *narrow, Elf64_Phdr *out)
{
    *out = (Elf64_Phdr){
        .p_type = narrow->p_type,
        .p_offset = narrow->p_offset,
        .p_filesz = narrow->p_filesz,
        .p_align = narrow->p_align,
    };
}

static void widen_section(const Elf32_Shdr *narrow, Elf64_Shdr *out)
{
    *out = (Elf64_Shdr){
        .sh_name = narrow->sh_name,
        .sh_type = narrow->sh_type,
        .sh_offset = narrow->sh_offset,
        .sh_size = narrow->sh_size,
        .sh_link = narrow->sh_link,
        .sh_addralign = narrow->sh_addralign,
    };
}

int elf_file_open(struct elf_file *image, struct xr_error *err)
{
    _Alignas(Elf64_Ehdr) unsigned char raw[sizeof(Elf64_Ehdr)];
    Elf32_Ehdr narrow;
    bool ok;
    int r;

    r = source_read_all(image->source, 0, raw, EI_NIDENT, "ELF header", err);
    if (r)
        return r;
    if (!elf_magic_here(raw, EI_NIDENT))
        return error_at(err, ENOEXEC, 0, "not an ELF image");
    if (raw[EI_CLASS] != ELFCLASS32 && raw[EI_CLASS] != ELFCLASS64)
        return error_at(err, ENOEXEC, EI_CLASS, "ELF of class %u",
                        raw[EI_CLASS]);
    if (raw[EI_DATA] != ELFDATA2LSB && raw[EI_DATA] != ELFDATA2MSB)
        return error_at(err, ENOEXEC, EI_DATA, "ELF of byte order %u",
                        raw[EI_DATA]);
    image->wide = raw[EI_CLASS] == ELFCLASS64;
    image->encoding = raw[EI_DATA];
    r = source_read_all(image->source, 0, raw,
                        image->wide ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr),
                        "ELF header", err);
    if (r)
        return r;
    elf_version(EV_CURRENT);
    if (image->wide) {
        ok = elf_translate(image, ELF_T_EHDR, raw, sizeof(Elf64_Ehdr),
                           &image->header, sizeof(image->header));
    } else {
        ok = elf_translate(image, ELF_T_EHDR, raw, sizeof(Elf32_Ehdr),
                           &narrow, sizeof(narrow));
        if (ok)
            widen_header(&narrow, &image->header);
    }
    return ok ? 0 : error_at(err, ENOEXEC, 0, "libelf: %s", elf_errmsg(-1));
}

/* Where entry index of a table lies, or false if that is nowhere. */
static bool entry_offset(uint64_t table, size_t index, size_t entry_size,
                         uint64_t *out)
{
    return checked_add(table, (uint64_t)index * entry_size, out);
}

/* One program header or section header (type), in ELF64 form. */
int elf_file_entry(const struct elf_file *image, Elf_Type type,
                   uint64_t table, size_t index, void *wide_out,
                   struct xr_error *err)
{
    const char *what = type == ELF_T_PHDR ? "program headers"
                                          : "section headers";
    size_t size = type == ELF_T_PHDR
        ? (image->wide ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr))
        : (image->wide ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr));
    union {
        Elf32_Phdr segment;
        Elf32_Shdr section;
    } narrow;
    _Alignas(Elf64_Shdr) unsigned char raw[sizeof(Elf64_Shdr)];
    uint64_t offset;
    int r;

    if (!entry_offset(table, index, size, &offset))
        return error_at(err, EINVAL, 0, "%s beyond the image", what);
    r = source_read_all(image->source, offset, raw, size, what, err);
    if (r)
        return r;
    if (!elf_translate(image, type, raw, size,
                       image->wide ? wide_out : &narrow,
                       image->wide ? size : sizeof(narrow)))
        return error_at(err, EINVAL, offset, "libelf: %s", elf_errmsg(-1));
    if (!image->wide && type == ELF_T_PHDR)
        widen_segment(&narrow.segment, wide_out);
    else if (!image->wide)
        widen_section(&narrow.section, wide_out);
    return 0;
}
