/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What people give for a save image and what is none: it is named, and nothing
 * more is read of it.
 */
#ifndef FORMAT_FOREIGN_H
#define FORMAT_FOREIGN_H

#include <stddef.h>
#include <stdint.h>

/* As much as foreign_name() looks at. */
enum { FOREIGN_HEAD_SIZE = 528 };

/*
 * What a file is that begins with these n bytes, such as "a Linux kernel
 * (bzImage)": a constant, or NULL if it is not known.
 */
const char *foreign_name(const uint8_t *head, size_t n);

/* The other way round: "a save image of xl" and the like, or NULL. */
const char *save_image_name(const uint8_t *head, size_t n);

#endif
