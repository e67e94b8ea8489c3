/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where the bytes of one disk are: in its file or device, in the files that a
 * qcow2 image is an overlay of, and in all that is under these.
 */
#ifndef DOMAIN_DISK_PARTS_H
#define DOMAIN_DISK_PARTS_H

#include <stdbool.h>
#include <stddef.h>

#include "domain/layers.h"
#include "util/error.h"

struct disk_part {
    struct layers layers; /* the first is the part itself */
    bool written;         /* by whoever has the disk */
};

struct disk_parts {
    struct disk_part *items;
    size_t count;
    bool shared;          /* others are to write it, too */
    bool unknown;         /* there are more parts, which are not known */
};

/* sys: as for layers_find, here and below. */
int disk_parts_add(struct disk_parts *parts, const char *sys,
                   const struct storage *storage, bool written,
                   struct xr_error *err);

/*
 * A file or device by its name.  format: as libxl and libvirt call it; NULL:
 * raw.  Only qcow2 and qcow are looked into: the content of a raw disk is the
 * guest's word.  -errno if there is no such file (-ENOENT), or it is neither a
 * file nor a device (-EINVAL).
 */
int disk_parts_add_path(struct disk_parts *parts, const char *sys,
                        const char *path, const char *format, bool written,
                        struct xr_error *err);

/*
 * Is one of them written where the other one has it, too?  Read-only sharing
 * is none, and nor is what either says is shared.
 */
bool disk_parts_clash(const struct disk_parts *a, const struct disk_parts *b);

/*
 * Would somebody who writes to this damage the disk, or the guest damage what
 * he writes?  A file that is yet to be made is one with the device of its
 * folder and no inode, 0.
 */
bool disk_parts_hit_by(const struct disk_parts *parts,
                       const struct layers *target);

void disk_parts_free(struct disk_parts *parts);

#define CLEANUP_DISK_PARTS __attribute__((cleanup(disk_parts_free)))

#endif
