/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writing into the file of a flat image, at any place of it. */
#ifndef LIB_FLAT_OUTPUT_H
#define LIB_FLAT_OUTPUT_H

#include <stddef.h>
#include <stdint.h>

#include "util/error.h"

struct flat_output {
    int fd;                  /* borrowed */
    uint64_t written;        /* bytes, without those of zeros */
    /*
     * So long will the file be, at least; it is made so before the next write.
     * Where a file grows by what is written XFS has blocks ready behind its
     * end, and these stay where holes were to be.
     */
    uint64_t end;
    uint64_t length;         /* the file was made so long */
};

int flat_output_write(struct flat_output *out, uint64_t offset,
                      const void *bytes, size_t n, struct xr_error *err);

/* Zeros where something else stands: a hole, if there can be one. */
int flat_output_zero(struct flat_output *out, uint64_t offset, size_t n,
                     struct xr_error *err);

#endif
