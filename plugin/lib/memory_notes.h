/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The notes of an ELF core of a guest's memory (memory_elf.c).
 */
#ifndef LIB_MEMORY_NOTES_H
#define LIB_MEMORY_NOTES_H

#include "lib/memory_form.h"
#include "util/buffer.h"

/* Padded to 4 bytes, as ELF wants it.  The buffer may fail, as ever. */
void memory_note_add(struct buffer *out, const char *name, uint32_t type,
                     const void *bytes, size_t n);

/* Of each vCPU; one whose state is of an unknown length has none. */
void memory_note_vcpus(const struct memory_image *image, struct buffer *out);

/*
 * Linux keeps a note for whoever reads its memory: sizes and places of
 * structures, and by how much it was moved (KASLR).  It begins a page, which
 * is looked for; there need not be one, and the guest may have put another
 * into its place: it says no more than any other byte of the guest's.
 */
int memory_note_vmcoreinfo(struct memory_writing *w, struct buffer *out,
                           struct xr_error *err);

#endif
