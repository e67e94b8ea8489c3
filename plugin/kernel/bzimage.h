/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Linux's x86 boot protocol, as far as it says where the kernel proper lies:
 *
 *   0x1f1  1  setup_sects, real-mode sectors after the first; 0 means 4
 *   0x1fe  2  0xaa55
 *   0x202  4  "HdrS"
 *   0x206  2  protocol version; from 2.08 on there are
 *   0x248  4  payload offset, from the end of the real-mode code
 *   0x24c  4  payload length
 */
#ifndef KERNEL_BZIMAGE_H
#define KERNEL_BZIMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/error.h"

/* A part of a file that holds another one. */
struct payload {
    uint64_t offset;
    uint64_t size;
};

bool bzimage_here(const uint8_t *head, size_t n);

/*
 * Where the payload lies.  origin is the place of head in the file, for
 * messages; whether the file is long enough is found out by reading.
 */
int bzimage_payload(const uint8_t *head, size_t n, uint64_t origin,
                    struct payload *out, struct xr_error *err);

#endif
