/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "domain/plan_room.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "util/checked.h"

/* With the disk itself. */
static uint64_t bytes_of_pool(const struct disk_plan *plan,
                              const struct planned_disk *disk)
{
    const struct planned_disk *d;
    uint64_t sum = 0;

    for (d = plan->items; d <= disk; d++)
        if (d->pool && !strcmp(d->pool, disk->pool)
            && !checked_add(sum, d->pool_bytes, &sum))
            return UINT64_MAX;
    return sum;
}

void plan_room_see(const struct disk_plan *plan, struct planned_disk *disk)
{
    uint64_t need;

    if (!disk->pool)
        return;
    need = bytes_of_pool(plan, disk);
    if (need <= disk->pool_free)
        return;
    snprintf(disk->why_not, sizeof(disk->why_not), "there is no room for its "
             "copy: with it the copies take %" PRIu64 " MiB of %.100s, which "
             "has %" PRIu64 " MiB", (need >> 20) + 1, disk->pool,
             disk->pool_free >> 20);
    planned_disk_give_up(disk);
}
