/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A source over what a decoder makes of another source.  It decodes as far as
 * it is asked and no further, keeps the first bytes for those who look twice,
 * and starts again for those who go back.
 */
#ifndef KERNEL_DECOMPRESSED_H
#define KERNEL_DECOMPRESSED_H

#include "kernel/decoder.h"
#include "kernel/source.h"

/*
 * All the bytes that one source decodes, starts from the beginning included:
 * a bomb gets no further.  Linux's largest images stay below half of it.
 */
enum { DECOMPRESSED_MAX = 1 << 29 };

/*
 * packed stays the caller's.  origin is its place in the file, for messages.
 * NULL: out of memory.
 */
struct source *source_decompressed(struct source *packed, uint64_t origin,
                                   const struct decoder_type *type);

#endif
