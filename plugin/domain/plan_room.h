/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Each driver says that there is room for the copy of its disk.  A volume group that
 * has room for one snapshot may have none for two, and LVM would say so when the guest
 * stands still.
 */
#ifndef DOMAIN_PLAN_ROOM_H
#define DOMAIN_PLAN_ROOM_H

#include "domain/disk_plan.h"

/*
 * disk: the last one of the plan so far.  If its pool has no room for it beside the
 * others of the plan, it is not kept, and its why_not says so.
 */
void plan_room_see(const struct disk_plan *plan, struct planned_disk *disk);

#endif
