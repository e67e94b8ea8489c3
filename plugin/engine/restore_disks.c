/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The disks go back to what they were when the image was written, by the copies
 * that its checkpoint made.
 *
 * A driver that is at it goes on if this process is killed.  Until it has ended the
 * heir holds the locks that this process had: else a second restore would start
 * a guest, and the first one's driver would write on over its disk.
 */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "domain/disk_driver.h"
#include "engine/disk_identity.h"
#include "engine/disk_room.h"
#include "engine/disk_use.h"
#include "engine/kept_disks.h"
#include "engine/restore_state.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/fault.h"

enum {
    HEIR_PAUSE_NS = 100 * 1000 * 1000,
    AGAIN_PAUSE_NS = 200 * 1000 * 1000,
    AGAIN_MS = 60 * 1000,
    UNUSED_MS = 10 * 1000,
};

const struct domain_disk *restore_disk_of(const struct restore *r,
                                          const char *dev)
{
    size_t i;

    if (disk_names_have(&r->options.as_it_is, dev))
        return NULL;
    for (i = 0; i < r->domain.disk_count; i++)
        if (r->domain.disks[i].dev && !strcmp(r->domain.disks[i].dev, dev))
            return &r->domain.disks[i];
    return NULL;
}

/* NULL: it is not put back. */
static const struct domain_disk *disk_of_copy(const struct restore *r,
                                              const struct disk_copy *copy)
{
    return restore_disk_of(r, copy->dev);
}

/* A copy goes where it came from, and the domain is to have that very disk. */
static int check_place(const struct restore *r, const struct disk_copy *copy,
                       struct xr_error *err)
{
    const struct domain_disk *disk = disk_of_copy(r, copy);

    if (!disk || restore_is_same_disk(disk->path, copy->target))
        return 0;
    return error_because(err, XR_REASON_DISK_NOT_KEPT, EPERM, "--disks=back "
                         "puts %.20s back where it was, %.70s, and the domain "
                         "would have %.70s as its %.20s", copy->dev,
                         copy->target, disk->path, copy->dev);
}

void restore_disks_free(struct restore *r)
{
    copies_free(&r->clones);
    copies_free(&r->copies);
    image_disks_free(&r->disks);
}

/* A name that is none of its disks' is a mistake. */
static int check_disk_names(const struct restore *r, struct xr_error *err)
{
    size_t i, k;

    for (i = 0; i < r->options.as_it_is.count; i++) {
        const char *name = r->options.as_it_is.items[i];

        for (k = 0; k < r->domain.disk_count; k++)
            if (r->domain.disks[k].dev
                && !strcmp(r->domain.disks[k].dev, name))
                break;
        if (k == r->domain.disk_count)
            return error_because(err, XR_REASON_USAGE, ENOENT,
                                 "--as-it-is=%.20s: the domain has no such "
                                 "disk", name);
    }
    return 0;
}

/* Is any wanted?  Not of those that are taken as they are. */
static bool wants_copies(const struct restore *r)
{
    size_t i;

    for (i = 0; i < r->disks.count; i++)
        if (r->disks.items[i].copy
            && !disk_names_have(&r->options.as_it_is, r->disks.items[i].dev))
            return true;
    return !r->options.as_it_is.count;
}

int restore_disks_find(struct restore *r, struct xr_error *err)
{
    size_t i, count = 0;
    int status = check_disk_names(r, err);

    if (status || r->options.disks != RESTORE_DISKS_BACK || !wants_copies(r))
        return status;
    status = kept_disks_find(&r->image.metadata, &r->disks, &r->copies, err);
    for (i = 0; !status && i < r->copies.count; i++) {
        status = check_place(r, &r->copies.items[i], err);
        count += disk_of_copy(r, &r->copies.items[i]) != NULL;
    }
    if (!status && !count)
        status = error_because(err, XR_REASON_DISK_NOT_KEPT, ENOENT, "the "
                               "domain has none of the disks that were "
                               "copied");
    return status;
}

static struct disk_drivers drivers_of(const struct restore *r)
{
    return (struct disk_drivers){
        .lvm_snapshot_size = r->config.lvm_snapshot_size,
        .name = r->domain.name,
        .checkpoint = r->copies.id,
        .running = r->way.page ? &r->way.page->driver : NULL,
    };
}

static struct driver_disk driver_disk_of(const struct disk_copy *copy)
{
    return (struct driver_disk){ copy->dev, copy->target, copy->format };
}

/* Nobody else has it, its driver can put it back, and there is room for it, too. */
static int check_back_one(const struct connection *connection,
                          const struct restore *r,
                          const struct disk_copy *copy,
                          struct disk_rooms *rooms, struct xr_error *err)
{
    CLEANUP(driver_answer_free) struct driver_answer answer = { .copy = NULL };
    const struct driver_disk disk = driver_disk_of(copy);
    struct disk_drivers drivers = drivers_of(r);
    int status = disk_use_refuse_others(connection, copy->target, copy->format,
                                        r->options.except, err);

    if (status)
        return status;
    drivers.limit = r->config.hook_timeout;
    status = disk_driver_check(&drivers, copy->driver, &disk, copy->copy,
                               &answer, err);
    if (!status)
        status = disk_rooms_add(rooms, &answer, err);
    if (status)
        error_within(err, XR_REASON_DISK_NOT_KEPT, copy->dev);
    return status;
}

int restore_disks_check(struct restore *r, struct xr_error *err)
{
    CLEANUP_CONNECTION struct connection connection = { 0 };
    struct disk_rooms rooms = { .count = 0 };
    size_t i;
    int status;

    if (r->options.disks != RESTORE_DISKS_BACK || !r->copies.count)
        return 0;
    status = connection_open(&connection, err);
    for (i = 0; !status && i < r->copies.count; i++)
        if (disk_of_copy(r, &r->copies.items[i]))
            status = check_back_one(&connection, r, &r->copies.items[i], &rooms,
                               err);
    if (!status && !r->room_was_said)
        disk_rooms_warn(&rooms, r->events);
    r->room_was_said |= !status;
    return status;
}

/* What it was waiting for is nobody's child any more. */
void restore_disks_wait(const struct restore *r)
{
    const struct timespec pause = { .tv_nsec = HEIR_PAUSE_NS };
    int32_t group = r->way.page ? atomic_load(&r->way.page->driver) : 0;

    while (group > 0 && !kill(-group, 0))
        nanosleep(&pause, NULL);
}

/* Between the question and now somebody may have started a domain. */
int restore_disks_refuse_used(const struct restore *r, struct xr_error *err)
{
    CLEANUP_CONNECTION struct connection connection = { 0 };
    int status = connection_open(&connection, err);
    size_t i;

    if (!status)
        status = disk_use_refuse(&connection, &r->domain, err);
    for (i = 0; !status && i < r->copies.count; i++)
        if (disk_of_copy(r, &r->copies.items[i]))
            status = disk_use_refuse_writing(&connection,
                                             r->copies.items[i].target,
                                             r->copies.items[i].format, err);
    return status;
}

/*
 * A backend may have the disk a moment longer than xenstore says.  A driver does not
 * say why it fails: it is asked again if the disk is in use then.
 */
static int put_back_one(const struct disk_drivers *drivers,
                        const struct disk_copy *copy, struct xr_error *err)
{
    const struct timespec pause = { .tv_nsec = AGAIN_PAUSE_NS };
    const struct driver_disk disk = driver_disk_of(copy);
    uint64_t until = clock_ms() + AGAIN_MS;
    int r = disk_driver_put_back(drivers, copy->driver, &disk, copy->copy,
                                 err);

    while (r && disk_use_refuse_busy(copy->target, NULL)
           && clock_ms() < until) {
        nanosleep(&pause, NULL);
        r = disk_driver_put_back(drivers, copy->driver, &disk, copy->copy,
                                 err);
    }
    return r;
}

/*
 * Between the question and now the image was verified.  Of a rollback, nothing is
 * asked any more: its guest had the disk, or its note says that it is the one.
 */
static int refuse_other(const struct restore *r, const struct disk_copy *copy,
                        struct xr_error *err)
{
    const struct image_disk *said = image_disks_find(&r->disks, copy->dev);
    const char *why;

    if (!said || r->options.goes_back
        || !disk_is_other(said, copy->target, r->copies.uuid, &why))
        return 0;
    return error_because(err, XR_REASON_DISK_CHANGED, EBUSY, "%.20s (%.100s) "
                         "is not the one whose copy was kept: %s", copy->dev,
                         copy->target, why);
}

static int refuse_others(const struct restore *r, struct xr_error *err)
{
    size_t i;
    int status = 0;

    for (i = 0; !status && i < r->copies.count; i++)
        if (disk_of_copy(r, &r->copies.items[i]))
            status = refuse_other(r, &r->copies.items[i], err);
    return status;
}

static void mark_disk(const struct restore *r, const struct disk_copy *copy)
{
    const struct image_disk *said = image_disks_find(&r->disks, copy->dev);

    if (said)
        disk_identity_mark(said, copy->target, r->copies.uuid);
}

static int put_back_each(const struct restore *r,
                         const struct disk_drivers *drivers,
                         struct xr_error *err)
{
    int status = 0;
    size_t i;

    for (i = 0; !status && i < r->copies.count; i++) {
        const struct disk_copy *copy = &r->copies.items[i];

        if (!disk_of_copy(r, copy))
            continue;
        events_say(r->events, MESSAGE_INFO, "%s: %s is put back from %s",
                   copy->dev, copy->target, copy->copy);
        status = fault_step("the disk", err);
        if (!status)
            status = put_back_one(drivers, copy, err);
        if (!status)
            mark_disk(r, copy);
        if (!status)
            status = fault_step("the next disk", err);
        if (status)
            error_within(err, XR_REASON_RESUME_FAILED, copy->dev);
    }
    return status;
}

/* A QEMU may need a moment to end whose domain has just been destroyed. */
static int await_unused(const struct restore *r, struct xr_error *err)
{
    const struct timespec pause = { .tv_nsec = AGAIN_PAUSE_NS };
    uint64_t until = clock_ms() + UNUSED_MS;
    int status = restore_disks_refuse_used(r, err);

    while (status == -EBUSY && clock_ms() < until) {
        nanosleep(&pause, NULL);
        status = restore_disks_refuse_used(r, err);
    }
    return status;
}

int restore_disks_put_back(const struct restore *r, struct xr_error *err)
{
    const struct disk_drivers drivers = drivers_of(r);
    int status;

    if (r->options.disks != RESTORE_DISKS_BACK || !r->copies.count)
        return 0;
    status = await_unused(r, err);
    if (!status)
        status = refuse_others(r, err);
    if (!status && restore_note_begin(r, err)) {
        err->code = EBUSY;
        status = -EBUSY;
    }
    if (status)
        return status;
    events_stage(r->events, "putting-back");
    status = put_back_each(r, &drivers, err);
    if (!status)
        restore_note_end(r);
    /* Not -EBUSY: that is said of disks which nobody has touched. */
    if (status && err)
        err->code = EIO;
    return status ? -EIO : 0;
}
