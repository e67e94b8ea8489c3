/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Each driver says how much room it needs for its disk; that there is room for all
 * disks is for us to see: a file system that is full in the middle has other guests'
 * disks on it, too.
 */
#ifndef ENGINE_DISK_ROOM_H
#define ENGINE_DISK_ROOM_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "util/error.h"

enum { DISK_ROOMS_MAX = 64 };

/* All zero: nothing is needed yet. */
struct disk_rooms {
    struct {
        dev_t device;
        uint64_t bytes;
    } items[DISK_ROOMS_MAX]; /* of each file system */
    size_t count;
};

/*
 * So many bytes more, in that folder.  -ENOSPC: with what was needed so far they are
 * more than there are.
 */
int disk_rooms_add(struct disk_rooms *rooms, const char *folder, uint64_t bytes,
                   struct xr_error *err);

#endif
