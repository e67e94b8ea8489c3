/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The copies of disks that belong to an image and are on this host: what its
 * record says and what the ledger says, if they are of one mind.  A record is
 * whatever somebody has put there; a ledger does not know which image is
 * meant.
 */
#ifndef ENGINE_KEPT_DISKS_H
#define ENGINE_KEPT_DISKS_H

#include "engine/disk_copies.h"
#include "format/keylist.h"
#include "lib/image_disks.h"
#include "util/error.h"

/*
 * Under the lock of these copies, until copies_free.  -ENOENT: the record
 * names none, or none of it was made here.  -EBADMSG: they contradict each
 * other.  -EBUSY: somebody is at work on them.  The reason is
 * XR_REASON_DISK_NOT_KEPT, or XR_REASON_LOCKED.
 */
int kept_disks_find(const struct keylist *record,
                    const struct image_disks *disks, struct disk_copies *out,
                    struct xr_error *err);

/* The same for a question: changes nothing, and does not wait. */
int kept_disks_peek(const struct keylist *record,
                    const struct image_disks *disks, struct disk_copies *out,
                    struct xr_error *err);

/* By its name in the guest; NULL: there is none. */
const struct disk_copy *kept_disks_get(const struct disk_copies *copies,
                                       const char *dev);

/* Are they of one mind?  For kept_disks_find and tests. */
int kept_disks_compare(const struct keylist *record,
                       const struct image_disks *disks,
                       const struct disk_copies *copies,
                       struct xr_error *err);

#endif
