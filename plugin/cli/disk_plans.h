/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which of a guest's disks a checkpoint keeps (domain/disk_plan.h), as verbs
 * show it: those that the guest writes.
 */
#ifndef CLI_DISK_PLANS_H
#define CLI_DISK_PLANS_H

#include <stdbool.h>

#include "cli/json.h"
#include "domain/disk_plan.h"

/*
 * A line "Disk" for each.  made: the copies are there, and their names are
 * told; a checkpoint that is only talked of has no names for them yet.
 */
void print_disk_plan(const struct disk_plan *plan, bool made);

/* Those that are not kept, indented. */
bool has_lost_disks(const struct disk_plan *plan);
void print_lost_disks(const struct disk_plan *plan);

/* Member "disks": an array. */
void json_disk_plan(yajl_gen g, const struct disk_plan *plan, bool made);

#endif
