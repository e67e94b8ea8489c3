/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/disk_room.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

/* What is needed there; NULL: no more can be noted. */
static uint64_t *bytes_of(struct disk_rooms *rooms, dev_t device)
{
    size_t i;

    for (i = 0; i < rooms->count; i++)
        if (rooms->items[i].device == device)
            return &rooms->items[i].bytes;
    if (rooms->count == DISK_ROOMS_MAX)
        return NULL;
    rooms->items[rooms->count].device = device;
    return &rooms->items[rooms->count++].bytes;
}

int disk_rooms_add(struct disk_rooms *rooms, const char *folder, uint64_t bytes,
                   struct xr_error *err)
{
    struct statvfs fs;
    struct stat st;
    uint64_t *needed, room;

    if (!folder || !bytes)
        return 0;
    if (stat(folder, &st) || statvfs(folder, &fs))
        return error_system(err, errno, "%s", folder);
    needed = bytes_of(rooms, st.st_dev);
    if (!needed)
        return error_set(err, E2BIG, "the disks are on more than %d file "
                         "systems", DISK_ROOMS_MAX);
    *needed = *needed > UINT64_MAX - bytes ? UINT64_MAX : *needed + bytes;
    room = (uint64_t)fs.f_bavail * fs.f_frsize;
    return *needed <= room
           ? 0 : error_because(err, XR_REASON_NO_ROOM, ENOSPC, "all disks "
                               "together need %" PRIu64 " MiB in %.100s, and %"
                               PRIu64 " MiB are free", (*needed >> 20) + 1,
                               folder, room >> 20);
}
