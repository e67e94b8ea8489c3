/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A guest whose kernel nobody has noted, as it was started without the plugin
 * or restored from an image without a record, is made known by its kernel
 * file.
 *
 * The file is believed if the guest's memory agrees: its notes are there as
 * the file has them, and no other notes that would let a verdict be another.
 * The guest can put notes into its memory, but nothing that it could not say
 * by control/feature-resumable as well.
 */
#ifndef ENGINE_LEARN_H
#define ENGINE_LEARN_H

#include <stdbool.h>
#include <stdint.h>

#include "domain/lock.h"
#include "util/error.h"
#include "xen/connection.h"

struct learn_order {
    const struct connection *connection;
    uint32_t domid;
    int fd;                    /* the kernel file; may be a pipe */
    bool dry_run;              /* compare only */
    struct lock_wish lock;     /* how long it is waited for, and who is told */
};

struct learned {
    bool written;              /* false: a dry run, or known before */
    bool was_known;            /* by the same notes */
    uint64_t address;          /* in the guest's memory; 0 if it was known */
};

/*
 * Afterwards the domain's directory in xenstore has the file's notes as the
 * build door would have written them, all or none of them, and
 * image/xen-resumable says "learned".  On failure nothing was written.
 */
int learn_kernel(const struct learn_order *order, struct learned *out,
                 struct xr_error *err);

#endif
