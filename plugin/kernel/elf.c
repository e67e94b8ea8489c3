/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "kernel/elf.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/elf_file.h"
#include "util/checked.h"
#include "util/cleanup.h"

/* A kernel has some ten segments and some fifty sections. */
enum {
    SEGMENTS_MAX = 1024,
    SECTIONS_MAX = 16384,
    SECTION_NAMES_MAX = 1 << 18,
    GUEST_TEXT_MAX = 4096,
};

static int add_area(const struct elf_file *image, uint64_t offset,
                    uint64_t size, uint64_t alignment, struct note_set *set,
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
static int add_segments(const struct elf_file *image, struct note_set *set,
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
        r = elf_file_entry(image, ELF_T_PHDR, image->header.e_phoff, i,
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
static int read_sections(const struct elf_file *image, Elf64_Shdr **out,
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
        r = elf_file_entry(image, ELF_T_SHDR, image->header.e_shoff, i,
                       &sections[i], err);
        if (r)
            return r;
    }
    *out = STEAL(sections);
    *count_out = count;
    return 0;
}

static int add_sections(const struct elf_file *image, const Elf64_Shdr *sections,
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

static int read_guest_section(const struct elf_file *image,
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

static int find_notes(const struct elf_file *image, struct elf_notes *notes,
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

/* Xen's own (xen/include/public/elfnote.h) begin there. */
enum {
    DUMP_CORE_FIRST = 0x2000000,
    DUMP_CORE_LAST = 0x20000ff,
    CORE_OFFSET = EI_NIDENT, /* of the type */
};

/* What writes core dumps of whole machines says so in its notes. */
static int refuse_core(const struct elf_file *image, struct xr_error *err)
{
    CLEANUP_ELF_NOTES struct elf_notes notes = { 0 };
    const char *what = "a core dump (a vmcore of Linux's, or a program's)";
    size_t i;

    (void)find_notes(image, &notes, NULL);
    for (i = 0; i < notes.set.count; i++)
        if (notes.set.notes[i].number >= DUMP_CORE_FIRST
            && notes.set.notes[i].number <= DUMP_CORE_LAST)
            what = "a core dump of a Xen domain (xl dump-core)";
    return error_at(err, ENOEXEC, CORE_OFFSET, "not a kernel image, "
                    "but %s", what);
}

int elf_read_notes(struct source *source, struct elf_notes *out,
                   struct xr_error *err)
{
    CLEANUP_ELF_NOTES struct elf_notes notes = { 0 };
    struct elf_file image = { .source = source };
    int r;

    r = elf_file_open(&image, err);
    if (!r && image.header.e_type == ET_CORE)
        r = refuse_core(&image, err);
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
