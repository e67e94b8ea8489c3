/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the disks of a plan are while the guest stands still.
 */
#include "config.h"

#include <time.h>

#include "domain/disk_plan.h"

enum { SETTLE_NS = 20000000 };

/* The copy's, if that is a file: it is what is put back one day. */
static void take_copys_time(struct planned_disk *d)
{
    struct disk_facts copy;

    if (d->copy && *d->copy == '/'
        && !disk_facts_read(d->copy, &copy, NULL) && !copy.is_device
        && copy.size == d->facts.size)
        d->facts.mtime = copy.mtime;
}

/*
 * What writes to a file for the guest may have some of it to do yet when the
 * guest stands still: a time that changes is none that is told.
 */
static bool may_be_written_yet(const struct planned_disk *d)
{
    return d->here && d->written && d->is_timed && !d->driver;
}

static void see_if_settled(struct planned_disk *d, unsigned int *patience_ms)
{
    struct timespec then = d->facts.mtime;

    if (disk_facts_read_within(d->target, patience_ms, &d->facts, NULL)
        || then.tv_sec != d->facts.mtime.tv_sec
        || then.tv_nsec != d->facts.mtime.tv_nsec)
        d->facts.mtime = DISK_TIME_UNKNOWN;
}

static void look_if_settled(struct disk_plan *plan, unsigned int *patience_ms)
{
    const struct timespec pause = { .tv_nsec = SETTLE_NS };
    bool has_paused = false;
    size_t i;

    for (i = 0; i < plan->count; i++) {
        if (!may_be_written_yet(&plan->items[i]))
            continue;
        if (!has_paused)
            nanosleep(&pause, NULL);
        has_paused = true;
        see_if_settled(&plan->items[i], patience_ms);
    }
}

/* For want of the time of a disk that is not kept no checkpoint fails. */
static int read_facts_anew(struct planned_disk *d, unsigned int *patience_ms,
                           struct xr_error *err)
{
    int r = disk_facts_read_within(d->target, patience_ms, &d->facts,
                                   err);

    if (!r && !d->facts.is_device)
        take_copys_time(d);
    if (!r || d->driver)
        return r;
    d->facts.mtime = DISK_TIME_UNKNOWN;
    return 0;
}

int disk_plan_read_facts(struct disk_plan *plan, struct xr_error *err)
{
    unsigned int patience_ms = DISK_PATIENCE_MS;
    size_t i;
    int r = 0;

    for (i = 0; !r && i < plan->count; i++) {
        struct planned_disk *d = &plan->items[i];

        if (d->here && d->written)
            r = read_facts_anew(d, &patience_ms, err);
    }
    if (!r)
        look_if_settled(plan, &patience_ms);
    return r;
}
