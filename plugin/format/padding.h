/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The padding record of a flat image (FORMAT.md, "The flat layout"): an
 * optional record of libxc's stream with a body of zeros, which every reader
 * skips.  It stands where something behind it has to begin at a multiple of a
 * page's size.
 */
#ifndef FORMAT_PADDING_H
#define FORMAT_PADDING_H

#include <stdint.h>

#define PADDING_TYPE UINT32_C(0xD8524D45)

enum { PADDING_HEADER_SIZE = 8 };

/*
 * How long a padding record at offset must be, with its header, for what
 * stands ahead bytes behind the record to begin at a multiple of a page's
 * size; 0 if it does so without one.  Both are multiples of 8, and so is the
 * result.
 */
uint64_t padding_needed(uint64_t offset, uint64_t ahead);

/* The header of a padding record of so many bytes, at least 8. */
void padding_header(uint64_t length, uint8_t out[PADDING_HEADER_SIZE]);

#endif
