/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/disk_room.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "util/checked.h"

/* NULL: no more can be noted. */
static struct disk_room *room_of(struct disk_rooms *rooms, const char *pool,
                                 dev_t device)
{
    struct disk_room *room;

    for (room = rooms->items; room < rooms->items + rooms->count; room++)
        if (!strcmp(room->pool, pool) && room->device == device)
            return room;
    if (rooms->count == DISK_ROOMS_MAX)
        return NULL;
    rooms->count++;
    *room = (struct disk_room){ .device = device };
    snprintf(room->pool, sizeof(room->pool), "%s", pool);
    return room;
}

static uint64_t sum_of(uint64_t a, uint64_t b)
{
    uint64_t sum;

    return checked_add(a, b, &sum) ? sum : UINT64_MAX;
}

static int add_to_room(struct disk_room *room, const struct driver_answer *a,
                       struct xr_error *err)
{
    if (!room)
        return error_set(err, E2BIG, "the disks are on more than %d file "
                         "systems", DISK_ROOMS_MAX);
    room->bytes = sum_of(room->bytes, a->bytes);
    room->at_most = sum_of(room->at_most, a->at_most > a->bytes ? a->at_most
                                                                : a->bytes);
    return room->bytes <= room->free
           ? 0 : error_because(err, XR_REASON_NO_ROOM, ENOSPC, "all disks "
                               "together need %" PRIu64 " MiB in %.100s, and %"
                               PRIu64 " MiB are free",
                               (room->bytes >> 20) + 1,
                               a->pool ? a->pool : a->folder, room->free >> 20);
}

static int add_to_folder(struct disk_rooms *rooms,
                         const struct driver_answer *answer,
                         struct xr_error *err)
{
    struct disk_room *room;
    struct statvfs fs;
    struct stat st;

    if (stat(answer->folder, &st) || statvfs(answer->folder, &fs))
        return error_system(err, errno, "%s", answer->folder);
    room = room_of(rooms, "", st.st_dev);
    if (room)
        room->free = (uint64_t)fs.f_bavail * fs.f_frsize;
    return add_to_room(room, answer, err);
}

int disk_rooms_add(struct disk_rooms *rooms, const struct driver_answer *answer,
                   struct xr_error *err)
{
    struct disk_room *room;

    if (!answer->pool)
        return answer->folder && answer->bytes
               ? add_to_folder(rooms, answer, err) : 0;
    room = room_of(rooms, answer->pool, 0);
    if (room)
        room->free = answer->pool_free;
    return add_to_room(room, answer, err);
}

void disk_rooms_warn(const struct disk_rooms *rooms,
                     const struct events *events)
{
    const struct disk_room *room;

    for (room = rooms->items; room < rooms->items + rooms->count; room++)
        if (*room->pool && room->at_most > room->free)
            events_say(events, MESSAGE_WARNING, "The disks may take up to %"
                       PRIu64 " MiB of %s, which has %" PRIu64 " MiB: if it "
                       "gets full, extend it and give the same command again",
                       (room->at_most >> 20) + 1, room->pool,
                       room->free >> 20);
}
