/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The Xen notes of one image, in the order in which the image has them, with
 * their bytes; and the walk through an area of ELF notes that finds them.
 *
 * An area is a sequence of notes: name size, description size and type, 4
 * bytes each; the name and the description, each padded to 4 bytes - or, in an
 * area that is aligned to 8, such that the description and the next note begin
 * at a multiple of 8.
 */
#ifndef KERNEL_NOTE_SET_H
#define KERNEL_NOTE_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/buffer.h"
#include "util/error.h"

/* Bounds on what a hostile image can make us hold. */
enum {
    NOTE_AREA_MAX = 1 << 20,  /* bytes of all note segments or sections */
    NOTE_COUNT_MAX = 65536,   /* notes of any owner, as in Xen's loader */
    NOTE_KEPT_MAX = 1024,     /* notes of Xen's */
    NOTE_SIZE_MAX = 4096,     /* description of a note of Xen's */
};

struct kept_note {
    uint32_t number;
    size_t start;     /* of the description, in struct note_set.bytes */
    size_t size;
    size_t claimed;   /* size as the note has it; its area may end before */
    uint64_t offset;  /* of the note, in the ELF image */
};

struct note_set {
    struct kept_note *notes;
    size_t count;
    size_t seen;      /* notes of any owner, for NOTE_COUNT_MAX */
    size_t walked;    /* bytes of areas, for NOTE_AREA_MAX */
    struct buffer bytes;
};

/*
 * Adds the Xen notes of an area of n bytes, at most NOTE_AREA_MAX, which lies
 * at offset in the image.  alignment is the segment's or section's; anything
 * but 8 means 4.
 *
 * Xen's own loader pads to 4 in every area.  That is tried first; 8 is tried
 * where the area asks for it and padding to 4 leads nowhere.
 *
 * The last note may claim more than the area has left, as GRUB's for 32-bit PV
 * does: that is kept, with what there is of it, for those who know whether it
 * is enough.
 */
int note_set_add_area(struct note_set *set, const uint8_t *area, size_t n,
                      uint64_t offset, uint64_t alignment, bool big_endian,
                      struct xr_error *err);

/* The description's bytes; never NULL. */
const uint8_t *note_set_desc(const struct note_set *set,
                             const struct kept_note *note);

void note_set_free(struct note_set *set);

#endif
