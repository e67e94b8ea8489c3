/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "domain/disk_plan.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "domain/device_model.h"
#include "domain/plan_room.h"
#include "util/cleanup.h"
#include "xen/disks.h"

enum { COPIED_PER_SECOND = 8 << 20 }; /* by the slowest of disks */

static void free_planned_disk(struct planned_disk *d)
{
    free(d->dev);
    free(d->target);
    free(d->format);
    free(d->driver);
    free(d->copy);
    free(d->folder);
    free(d->pool);
}

void disk_plan_free(struct disk_plan *plan)
{
    int saved = errno;

    while (plan->count)
        free_planned_disk(&plan->items[--plan->count]);
    free(plan->items);
    *plan = (struct disk_plan){ 0 };
    errno = saved;
}

/* A part of record keys. */
static bool is_device_name(const char *dev)
{
    return dev && *dev
           && dev[strspn(dev, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                              "abcdefghijklmnopqrstuvwxyz"
                              "0123456789_-")] == '\0';
}

/* Of another script nobody but that one knows what the target means. */
static bool is_set_up_by_block(const struct guest_disk *from)
{
    const char *slash = from->script ? strrchr(from->script, '/') : NULL;

    return !from->script || !*from->script
           || !strcmp(slash ? slash + 1 : from->script, "block");
}

/* "aio" is libxl's word where a raw disk is QEMU's. */
static const char *plain_format(const char *format)
{
    return !*format || !strcmp(format, "aio") ? "raw" : format;
}

static int fill_in_names(struct planned_disk *d, const struct guest_disk *from)
{
    char format[DISK_FORMAT_ROOM];
    const char *path;

    d->here = from->here && is_set_up_by_block(from)
              && disk_params_split(from->params, format, &path);
    if (!d->here)
        path = from->params;
    d->dev = strdup(from->dev);
    d->target = strdup(path);
    d->format = strdup(d->here ? plain_format(format) : "");
    return d->dev && d->target && d->format ? 0 : -ENOMEM;
}

static void give_reason(struct planned_disk *d, const char *why)
{
    snprintf(d->why_not, sizeof(d->why_not), "%s", why);
}

/* What QEMU has open it may write to when it ends, unless it was flushed. */
static bool is_time_telling(const struct planned_disk *d)
{
    return d->here && !d->facts.is_device
           && (!d->written || !d->by_qemu || d->driver);
}

static int ask_drivers(struct planned_disk *d,
                       const struct disk_drivers *drivers,
                       struct xr_error *err)
{
    const struct driver_disk disk = { d->dev, d->target, d->format };
    struct driver_answer answer = { .copy = NULL };
    int r = disk_driver_probe(drivers, &disk, &answer, err);

    if (r == -ENOENT)
        give_reason(d, answer.why_not);
    if (!r) {
        d->driver = strdup(answer.driver);
        d->copy = STEAL(answer.copy);
        d->folder = STEAL(answer.folder);
        d->pool = STEAL(answer.pool);
        d->bytes = d->pool ? 0 : answer.bytes;
        d->pool_bytes = d->pool ? answer.bytes : 0;
        d->pool_free = answer.pool_free;
    }
    driver_answer_free(&answer);
    if (!r && !d->driver)
        return error_set(err, ENOMEM, "out of memory");
    return r == -ENOENT ? 0 : r;
}

void planned_disk_give_up(struct planned_disk *d)
{
    free(d->driver);
    free(d->copy);
    free(d->folder);
    free(d->pool);
    d->driver = d->copy = d->folder = d->pool = NULL;
    d->bytes = d->pool_bytes = 0;
}

/* Of a disk that the guest has under two names there is one copy. */
static void keep_once(const struct disk_plan *plan, struct planned_disk *d)
{
    const struct planned_disk *other;

    for (other = plan->items; other < d; other++) {
        if (!d->copy || !other->copy || strcmp(d->copy, other->copy))
            continue;
        snprintf(d->why_not, sizeof(d->why_not), "it is the same disk as "
                 "%.40s", other->dev);
        planned_disk_give_up(d);
        return;
    }
}

/* What will fail while the guest stands still is not begun. */
static void see_if_flushable(struct planned_disk *d, uint32_t domid)
{
    char why[DISK_REASON_ROOM / 2];

    if (!d->driver || !d->by_qemu
        || device_model_answers(DEVICE_MODEL_DIR, domid, why, sizeof(why)))
        return;
    snprintf(d->why_not, sizeof(d->why_not), "QEMU, which serves it, cannot be "
             "told to flush it: %s", why);
    planned_disk_give_up(d);
}

static int plan_disk(struct planned_disk *d, const struct guest_disk *from,
                     const struct disk_drivers *drivers,
                     unsigned int *patience_ms, struct xr_error *err)
{
    struct xr_error why;
    int r = 0;

    d->written = from->mode && *from->mode == 'w';
    d->by_qemu = from->type && !strcmp(from->type, "qdisk");
    if (fill_in_names(d, from))
        return error_set(err, ENOMEM, "out of memory");
    if (!d->here) {
        give_reason(d, from->here ? "it is not a file or device of this host"
                                  : "a driver domain serves it");
    } else if (disk_facts_read_within(d->target, patience_ms,
                                      &d->facts, &why)) {
        d->here = false;
        give_reason(d, why.message);
    } else if (drivers && d->written) {
        r = ask_drivers(d, drivers, err);
        see_if_flushable(d, drivers->domid);
    }
    return r;
}

/* A CD drive that is empty is no disk, nor what has no name. */
static bool is_disk(const struct guest_disk *from)
{
    return is_device_name(from->dev) && from->params && *from->params;
}

int disk_plan_make(struct store *store, uint32_t domid,
                   const struct disk_drivers *drivers, struct disk_plan *out,
                   struct xr_error *err)
{
    CLEANUP_DISK_PLAN struct disk_plan plan = { 0 };
    unsigned int patience_ms = DISK_PATIENCE_MS;
    struct guest_disk *disks = NULL;
    size_t count = 0, i;
    int r = guest_disks_read(store, domid, &disks, &count, err);

    if (r)
        return r;
    plan.items = calloc(count + 1, sizeof(*plan.items));
    if (!plan.items)
        r = error_set(err, ENOMEM, "out of memory");
    for (i = 0; !r && i < count; i++) {
        struct planned_disk *d = &plan.items[plan.count];

        if (!is_disk(&disks[i]))
            continue;
        plan.count++;
        r = plan_disk(d, &disks[i], drivers, &patience_ms, err);
        keep_once(&plan, d);
        plan_room_see(&plan, d);
        d->is_timed = is_time_telling(d);
    }
    guest_disks_free(disks, count);
    if (r)
        return r;
    *out = plan;
    plan = (struct disk_plan){ 0 };
    return 0;
}

/* NULL: none that is to be kept. */
static const struct planned_disk *first_by_qemu(const struct disk_plan *plan)
{
    size_t i;

    for (i = 0; i < plan->count; i++)
        if (plan->items[i].by_qemu && plan->items[i].driver)
            return &plan->items[i];
    return NULL;
}

bool disk_plan_needs_qemu(const struct disk_plan *plan)
{
    return first_by_qemu(plan);
}

bool disk_plan_wake(const struct disk_plan *plan, uint32_t domid)
{
    return first_by_qemu(plan)
           && device_model_go_on(DEVICE_MODEL_DIR, domid);
}

/* Of all that it serves; one that libxl has stopped stays stopped. */
static int flush_qemu(const struct disk_plan *plan, uint32_t domid,
                      struct xr_error *err)
{
    const struct planned_disk *first = first_by_qemu(plan);
    char why[DISK_REASON_ROOM];

    if (!first
        || device_model_flush(DEVICE_MODEL_DIR, domid, why, sizeof(why)))
        return 0;
    return error_because(err, XR_REASON_DISK_NOT_KEPT, EIO, "QEMU does not "
                         "flush %s: %s", first->dev, why);
}

static int take_copy_of(const struct planned_disk *d,
                     const struct disk_drivers *drivers, struct xr_error *err)
{
    const struct driver_disk disk = { d->dev, d->target, d->format };
    struct disk_drivers with = *drivers;
    uint64_t more = d->bytes / COPIED_PER_SECOND;

    if (with.limit)
        with.limit += more < INT_MAX / 2 ? (unsigned int)more : INT_MAX / 2;
    if (!disk_driver_take(&with, d->driver, &disk, d->copy, err))
        return 0;
    return error_within(err, XR_REASON_DISK_NOT_KEPT, d->dev);
}

int disk_plan_take(const struct disk_plan *plan,
                   const struct disk_drivers *drivers, struct xr_error *err)
{
    int r = flush_qemu(plan, drivers->domid, err);
    size_t i;

    for (i = 0; !r && i < plan->count; i++)
        if (plan->items[i].driver)
            r = take_copy_of(&plan->items[i], drivers, err);
    return r;
}

static int sync_path(const char *path, int flags, struct xr_error *err)
{
    CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK
                                      | O_NOCTTY | flags);

    return fd >= 0 && !fsync(fd) ? 0 : error_system(err, errno, "%s", path);
}

bool disk_plan_settle(const struct disk_plan *plan)
{
    bool any = false;
    size_t i;

    for (i = 0; i < plan->count; i++) {
        const struct planned_disk *d = &plan->items[i];

        if (!d->driver || !d->here || d->facts.is_device)
            continue;
        any = true;
        (void)sync_path(d->target, 0, NULL);
    }
    return any;
}

/* The file, and its name in its folder. */
static int sync_copy(const char *copy, struct xr_error *err)
{
    CLEANUP_FREE char *folder = strndup(copy, (size_t)(strrchr(copy, '/')
                                                       - copy) + 1);
    int r = folder ? sync_path(copy, O_NOFOLLOW, err)
                   : error_set(err, ENOMEM, "out of memory");

    return r ? r : sync_path(folder, O_DIRECTORY, err);
}

int disk_plan_sync(const struct disk_plan *plan, struct xr_error *err)
{
    const char *copy;
    struct stat st;
    size_t i;
    int r = 0;

    for (i = 0; !r && i < plan->count; i++) {
        copy = plan->items[i].copy;
        if (copy && *copy == '/' && !lstat(copy, &st) && S_ISREG(st.st_mode))
            r = sync_copy(copy, err);
    }
    if (r && err)
        err->reason = XR_REASON_DISK_NOT_KEPT;
    return r;
}

size_t disk_plan_written(const struct disk_plan *plan)
{
    size_t i, n = 0;

    for (i = 0; i < plan->count; i++)
        n += plan->items[i].written;
    return n;
}

size_t disk_plan_kept(const struct disk_plan *plan)
{
    size_t i, n = 0;

    for (i = 0; i < plan->count; i++)
        n += plan->items[i].driver != NULL;
    return n;
}
