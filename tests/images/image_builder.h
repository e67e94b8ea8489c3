/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Kernel images made to order: ELF with Xen notes in any of the places where
 * they can be, the bzImage and the PE around it.  For unit tests, fuzz seeds
 * and, through mkimage, for shell tests.
 */
#ifndef TESTS_IMAGES_IMAGE_BUILDER_H
#define TESTS_IMAGES_IMAGE_BUILDER_H

#include <stdbool.h>
#include <stdint.h>

#include "util/buffer.h"

enum image_place {
    IMAGE_NO_NOTES,
    IMAGE_SEGMENT,   /* PT_NOTE */
    IMAGE_SECTION,   /* SHT_NOTE, no program header for it */
    IMAGE_GUEST,     /* __xen_guest */
};

struct image_shape {
    bool narrow;         /* ELF32 */
    bool big_endian;
    enum image_place place;
    uint64_t alignment;  /* of the notes; 0 means 4 */
    size_t code_before;  /* bytes of make-believe code before the notes */
    size_t code_behind;
};

/* One note, padded to alignment 4 or 8.  name with its NUL: "Xen". */
void image_note(struct buffer *out, const struct image_shape *shape,
                const char *name, uint32_t type, const void *desc, size_t n);
void image_note_number(struct buffer *out, const struct image_shape *shape,
                       uint32_t type, uint64_t value, size_t width);
void image_note_string(struct buffer *out, const struct image_shape *shape,
                       uint32_t type, const char *text);

/* What a Linux kernel says, SUSPEND_CANCEL = 1 included. */
void image_linux_notes(struct buffer *out, const struct image_shape *shape);

/* notes: the area, or the text of __xen_guest. */
void image_elf(struct buffer *out, const struct image_shape *shape,
               const struct buffer *notes);

/* Code that compresses about as well as code does; the same every time. */
void image_code(struct buffer *out, size_t n);

/* Linux's boot protocol 2.15 around a payload. */
void image_bzimage(struct buffer *out, const struct buffer *payload);

/* A PE program with sections .text, name (the content) and .tail. */
void image_pe(struct buffer *out, const char *name,
              const struct buffer *content);

#endif
