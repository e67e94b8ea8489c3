/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Writing into the file of a flat image, at any place of it.  While the guest
 * is suspended nothing waits for a disk: what is to be written is kept in
 * memory, up to a bound, in its order.
 */
#ifndef LIB_FLAT_OUTPUT_H
#define LIB_FLAT_OUTPUT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/error.h"

struct flat_output {
    int fd;                  /* borrowed */
    const atomic_bool *hold; /* keep it for now?  NULL: never */
    size_t held_max;         /* of memory; what is more is written */
    struct held_write *first, *last;
    size_t held;             /* of memory */
    uint64_t written;        /* bytes, also of those that are held */
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

/* Everything that was held is in the file afterwards. */
int flat_output_settle(struct flat_output *out, struct xr_error *err);

void flat_output_free(struct flat_output *out);

#endif
