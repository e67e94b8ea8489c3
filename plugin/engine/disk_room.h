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

#include "domain/disk_driver.h"
#include "engine/events.h"
#include "util/error.h"

enum { DISK_ROOMS_MAX = 64 };

/* All zero: nothing is needed yet. */
struct disk_rooms {
    struct disk_room {
        char pool[DISK_POOL_NAME_MAX + 1]; /* "": a file system */
        dev_t device;
        uint64_t bytes;
        uint64_t at_most; /* of a pool: that may come to be needed */
        uint64_t free;    /* that it had when it was asked last */
    } items[DISK_ROOMS_MAX];
    size_t count;
};

/*
 * What a driver says that it needs, in a folder or of a pool.  -ENOSPC: with what was
 * needed so far that is more than there is.
 */
int disk_rooms_add(struct disk_rooms *rooms, const struct driver_answer *answer,
                   struct xr_error *err);

/* Warns of pools that may get full, if that was not refused. */
void disk_rooms_warn(const struct disk_rooms *rooms,
                     const struct events *events);

#endif
