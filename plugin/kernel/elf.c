/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libelf translates the tables of an ELF image (elf32_xlatetom and
 * elf64_xlatetom), one bounded piece at a time.  It is never shown the image
 * as a whole: that would take all of a compressed kernel, and would hand
 * libelf's own walks a hostile file inside the toolstack.
 */
#include "config.h"

#include "kernel/elf.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <libelf.h>

#include "util/checked.h"
#include "util/cleanup.h"

/* A kernel has some ten segments and some fifty sections. */
enum {
    SEGMENTS_MAX = 1024,
    SECTIONS_MAX = 16384,
    SECTION_NAMES_MAX = 1 << 18,
    GUEST_TEXT_MAX = 4096,
};

struct image {
    struct source *source;
    bool wide;          /* ELF64 */
    unsigned encoding;  /* ELFDATA2LSB or ELFDATA2MSB */
    Elf64_Ehdr header;
};

bool elf_magic_here(const uint8_t *bytes, size_t n)
{
    return n >= SELFMAG && !memcmp(bytes, ELFMAG, SELFMAG);
}

/* Translates count structures of the given type from file to memory form. */
static bool translate(const struct image *image, Elf_Type type, void *from,
                      size_t from_size, void *to, size_t to_size)
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

static int read_header(struct image *image, struct xr_error *err)
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
        ok = translate(image, ELF_T_EHDR, raw, sizeof(Elf64_Ehdr),
                       &image->header, sizeof(image->header));
    } else {
        ok = translate(image, ELF_T_EHDR, raw, sizeof(Elf32_Ehdr),
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
static int read_entry(const struct image *image, Elf_Type type,
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
    if (!translate(image, type, raw, size, image->wide ? wide_out : &narrow,
                   image->wide ? size : sizeof(narrow)))
        return error_at(err, EINVAL, offset, "libelf: %s", elf_errmsg(-1));
    if (!image->wide && type == ELF_T_PHDR)
        widen_segment(&narrow.segment, wide_out);
    else if (!image->wide)
        widen_section(&narrow.section, wide_out);
    return 0;
}

static int add_area(const struct image *image, uint64_t offset, uint64_t size,
                    uint64_t alignment, struct note_set *set,
                    struct xr_error *err)
{
    CLEANUP_FREE uint8_t *area = NULL;
    int r;

    if (!size)
        return 0;
    if (size > NOTE_AREA_MAX - set->walked)
        return error_at(err, E2BIG, offset, "%" PRIu64 " bytes of notes",
                        size);
    set->walked += (size_t)size;
    area = malloc((size_t)size);
    if (!area)
        return error_set(err, ENOMEM, "out of memory");
    r = source_read_all(image->source, offset, area, (size_t)size, "notes",
                        err);
    if (r)
        return r;
    return note_set_add_area(set, area, (size_t)size, offset, alignment,
                             image->encoding == ELFDATA2MSB, err);
}

/*
 * Segments at offset 0 are skipped, as in Xen's loader: some old linkers left
 * the offset of a note segment unset.
 */
static int add_segments(const struct image *image, struct note_set *set,
                        struct xr_error *err)
{
    size_t count = image->header.e_phoff ? image->header.e_phnum : 0;
    CLEANUP_FREE Elf64_Phdr *segments = NULL;
    size_t i;
    int r;

    if (count > SEGMENTS_MAX)
        return error_at(err, E2BIG, 0, "%zu program headers", count);
    if (count && image->header.e_phentsize
                 != (image->wide ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr)))
        return error_at(err, EINVAL, 0, "program headers of %u bytes",
                        image->header.e_phentsize);
    segments = calloc(count + 1, sizeof(*segments));
    if (!segments)
        return error_set(err, ENOMEM, "out of memory");
    for (i = 0; i < count; i++) {
        r = read_entry(image, ELF_T_PHDR, image->header.e_phoff, i,
                       &segments[i], err);
        if (r)
            return r;
    }
    for (i = 0; i < count; i++) {
        const Elf64_Phdr *segment = &segments[i];

        if (segment->p_type != PT_NOTE || !segment->p_offset)
            continue;
        r = add_area(image, segment->p_offset, segment->p_filesz,
                     segment->p_align, set, err);
        if (r)
            return r;
    }
    return 0;
}

/* The section headers, all of them; *count_out is 0 if there are none. */
static int read_sections(const struct image *image, Elf64_Shdr **out,
                         size_t *count_out, struct xr_error *err)
{
    CLEANUP_FREE Elf64_Shdr *sections = NULL;
    size_t count = image->header.e_shoff ? image->header.e_shnum : 0;
    size_t i;
    int r;

    if (count > SECTIONS_MAX)
        return error_at(err, E2BIG, 0, "%zu section headers", count);
    if (count && image->header.e_shentsize
                 != (image->wide ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr)))
        return error_at(err, EINVAL, 0, "section headers of %u bytes",
                        image->header.e_shentsize);
    sections = calloc(count + 1, sizeof(*sections));
    if (!sections)
        return error_set(err, ENOMEM, "out of memory");
    for (i = 0; i < count; i++) {
        r = read_entry(image, ELF_T_SHDR, image->header.e_shoff, i,
                       &sections[i], err);
        if (r)
            return r;
    }
    *out = STEAL(sections);
    *count_out = count;
    return 0;
}

static int add_sections(const struct image *image, const Elf64_Shdr *sections,
                        size_t count, struct note_set *set,
                        struct xr_error *err)
{
    size_t i;
    int r;

    set->walked = 0;
    for (i = 1; i < count; i++) {
        if (sections[i].sh_type != SHT_NOTE)
            continue;
        r = add_area(image, sections[i].sh_offset, sections[i].sh_size,
                     sections[i].sh_addralign, set, err);
        if (r)
            return r;
    }
    return 0;
}

/*
 * The section called name, or NULL.  names is the section name table, as far
 * as it could be read.
 */
static const Elf64_Shdr *find_section(const Elf64_Shdr *sections,
                                      size_t count, const char *names,
                                      size_t names_size, const char *name)
{
    size_t n = strlen(name) + 1;
    size_t i;

    for (i = 1; i < count; i++)
        if (sections[i].sh_type != SHT_NOBITS && sections[i].sh_size
            && range_fits(sections[i].sh_name, n, names_size)
            && !memcmp(names + sections[i].sh_name, name, n))
            return &sections[i];
    return NULL;
}

static int read_guest_section(const struct image *image,
                              const Elf64_Shdr *sections, size_t count,
                              struct elf_notes *notes, struct xr_error *err)
{
    size_t index = image->header.e_shstrndx;
    const Elf64_Shdr *guest = NULL;
    CLEANUP_FREE char *names = NULL;
    char text[GUEST_TEXT_MAX];
    ssize_t n;
    int r;

    if (index >= count)
        return 0;
    names = malloc(SECTION_NAMES_MAX);
    if (!names)
        return error_set(err, ENOMEM, "out of memory");
    n = source_read_at(image->source, sections[index].sh_offset, names,
                       sections[index].sh_size < SECTION_NAMES_MAX
                           ? (size_t)sections[index].sh_size
                           : SECTION_NAMES_MAX, err);
    if (n < 0)
        return (int)n;
    guest = find_section(sections, count, names, (size_t)n, "__xen_guest");
    if (!guest)
        return 0;
    if (guest->sh_size > sizeof(text))
        return error_at(err, E2BIG, guest->sh_offset,
                        "__xen_guest of %" PRIu64 " bytes",
                        (uint64_t)guest->sh_size);
    r = source_read_all(image->source, guest->sh_offset, text,
                        (size_t)guest->sh_size, "__xen_guest", err);
    if (r)
        return r;
    buffer_append(&notes->guest, text,
                  strnlen(text, (size_t)guest->sh_size));
    notes->guest_offset = guest->sh_offset;
    notes->place = NOTES_IN_GUEST;
    return buffer_failed(&notes->guest)
        ? error_set(err, ENOMEM, "out of memory") : 0;
}

static int find_notes(const struct image *image, struct elf_notes *notes,
                      struct xr_error *err)
{
    CLEANUP_FREE Elf64_Shdr *sections = NULL;
    size_t count = 0;
    int r;

    r = add_segments(image, &notes->set, err);
    if (r)
        return r;
    if (notes->set.count) {
        notes->place = NOTES_IN_SEGMENT;
        return 0;
    }
    r = read_sections(image, &sections, &count, err);
    if (r)
        return r;
    r = add_sections(image, sections, count, &notes->set, err);
    if (r)
        return r;
    if (notes->set.count) {
        notes->place = NOTES_IN_SECTION;
        return 0;
    }
    return read_guest_section(image, sections, count, notes, err);
}

int elf_read_notes(struct source *source, struct elf_notes *out,
                   struct xr_error *err)
{
    CLEANUP_ELF_NOTES struct elf_notes notes = { 0 };
    struct image image = { .source = source };
    int r;

    r = read_header(&image, err);
    if (r)
        return r;
    notes.bits = image.wide ? 64 : 32;
    notes.big_endian = image.encoding == ELFDATA2MSB;
    notes.machine = image.header.e_machine;
    r = find_notes(&image, &notes, err);
    if (r)
        return r;
    *out = notes;
    notes = (struct elf_notes){ 0 };
    return 0;
}

void elf_notes_free(struct elf_notes *notes)
{
    note_set_free(&notes->set);
    buffer_free(&notes->guest);
    *notes = (struct elf_notes){ 0 };
}
