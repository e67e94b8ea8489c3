/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the record says of the guest's disks: by the plan of the command that
 * wants this checkpoint, which sees to it that the record says in the end what
 * was so at the suspended instant; or, for all other saves, what can be told
 * by the door itself.
 */
#ifndef HOOK_DISKS_H
#define HOOK_DISKS_H

#include <stdbool.h>

#include "domain/disk_plan.h"
#include "domain/stages.h"
#include "format/keylist.h"
#include "util/buffer.h"
#include "xen/judge.h"

struct recorded_disks {
    struct keylist keys;     /* for the record; none if nobody can tell */
    bool is_ours;            /* the plan is the door's own: */
    struct disk_plan plan;
};

/*
 * *out is to be freed.  stages: NULL: it is no checkpoint.  live: the guest
 * runs when the record is written, and it stays as it is: then no time is told
 * of a disk that the guest writes to.
 */
void recorded_disks_find(const struct stages *stages,
                         const struct judgement *judgement, bool live,
                         struct recorded_disks *out);

/* The guest stands still: the record, not written yet, says what is now. */
void recorded_disks_renew(struct recorded_disks *disks, struct buffer *record);

void recorded_disks_free(struct recorded_disks *disks);

#define CLEANUP_RECORDED_DISKS __attribute__((cleanup(recorded_disks_free)))

#endif
