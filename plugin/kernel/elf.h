/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The Xen notes of an ELF image: from its note segments, else from its note
 * sections, else the text of its __xen_guest section, in the order in which
 * Xen's loader looks.  ELF32 and ELF64 in both byte orders; only x86 kernels
 * bring such notes, but an image is not refused for being of another kind.
 *
 * The image is read through a source, forward as far as the note segments
 * only: a compressed kernel is not decompressed any further than that.
 */
#ifndef KERNEL_ELF_H
#define KERNEL_ELF_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/note_set.h"
#include "kernel/source.h"

enum notes_place {
    NOTES_NOWHERE,
    NOTES_IN_SEGMENT,   /* PT_NOTE */
    NOTES_IN_SECTION,   /* SHT_NOTE */
    NOTES_IN_GUEST,     /* __xen_guest */
};

struct elf_notes {
    enum notes_place place;
    unsigned bits;           /* 32 or 64 */
    bool big_endian;
    uint16_t machine;        /* e_machine */
    struct note_set set;
    struct buffer guest;     /* the text of __xen_guest */
    uint64_t guest_offset;   /* where it stands in the image */
};

/* Is that the beginning of an ELF image?  4 bytes tell. */
bool elf_magic_here(const uint8_t *bytes, size_t n);

/*
 * Reads the notes into the empty *out.  An image without any is a success with
 * NOTES_NOWHERE.  On failure *out stays empty.
 */
int elf_read_notes(struct source *source, struct elf_notes *out,
                   struct xr_error *err);

void elf_notes_free(struct elf_notes *notes);
#define CLEANUP_ELF_NOTES __attribute__((cleanup(elf_notes_free)))

#endif
