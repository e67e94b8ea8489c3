/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a file or a block device is made of, all the way down: a partition of
 * its disk, a loop device of its file, a device-mapper or RAID device of those
 * that sysfs calls its slaves, and a file of the device that its file system
 * is on.  Who writes to one of these writes to what is above.
 *
 * Where a file system names no device (NFS, overlayfs, btrfs), it ends there.
 */
#ifndef DOMAIN_LAYERS_H
#define DOMAIN_LAYERS_H

#include <stddef.h>

#include "domain/storage.h"
#include "util/error.h"

struct layer {
    struct storage storage;
    bool by_file_system; /* a file in between: only some of its bytes count */
};

/* The first is what was asked about. */
struct layers {
    struct layer *items;
    size_t count;
};

/*
 * sys: where sysfs is; NULL: /sys.  *out is to be freed with layers_free.
 * -E2BIG: more than anybody has.
 */
int layers_find(const char *sys, const struct storage *top, struct layers *out,
                struct xr_error *err);

/* NULL if it is none of them. */
const struct layer *layers_have(const struct layers *layers,
                                const struct storage *storage);

void layers_free(struct layers *layers);

#define CLEANUP_LAYERS __attribute__((cleanup(layers_free)))

#endif
