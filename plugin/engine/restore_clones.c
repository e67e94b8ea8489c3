/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A copy of the guest gets disks of its own: clones of the copies that belong to the
 * image, which nobody else writes to (engine/disk_clones.h).  The original's are left
 * as they are, and so are the copies.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/disk_clones.h"
#include "engine/copies_ledger.h"
#include "engine/kept_disks.h"
#include "engine/restore_state.h"
#include "util/cleanup.h"
#include "util/fault.h"

/* It says itself which disk the domain gets (--disk). */
static bool is_given(const struct restore_options *o, const char *dev)
{
    size_t i;

    for (i = 0; i < o->edit_count; i++)
        if (o->edits[i].kind == CONFIG_EDIT_DISK
            && o->edits[i].of_length == strlen(dev)
            && !memcmp(o->edits[i].of, dev, o->edits[i].of_length))
            return true;
    return false;
}

static bool is_to_be_cloned(const struct restore *r, const struct disk_copy *copy)
{
    return restore_disk_of(r, copy->dev) && !is_given(&r->options, copy->dev);
}

static struct disk_drivers drivers_for_clones(const struct restore *r)
{
    return (struct disk_drivers){
        .lvm_snapshot_size = r->config.lvm_snapshot_size,
        .name = r->domain.name,
        .checkpoint = r->copies.id,
        .uuid = r->clones.uuid,
        .running = r->way.page ? &r->way.page->driver : NULL,
    };
}

static int new_clones(struct restore *r, struct xr_error *err)
{
    char uuid[LOCK_NAME_ROOM];

    if (!r->domain.uuid || !config_is_uuid(r->domain.uuid))
        return error_because(err, XR_REASON_USAGE, EINVAL, "the configuration "
                             "has no uuid: --uuid=new gives it one");
    config_lower_uuid(r->domain.uuid, uuid);
    return clones_new(uuid, r->domain.name, r->options.path,
                      r->image.container == CONTAINER_LIBVIRT ? "libvirt"
                                                              : "xl",
                      &r->clones, err);
}

static int plan_each(struct restore *r, struct xr_error *err)
{
    struct disk_drivers drivers = drivers_for_clones(r);
    struct disk_rooms rooms = { .count = 0 };
    struct clone_source source = { .drivers = &drivers, .rooms = &rooms };
    size_t i;
    int status = 0;

    drivers.limit = r->config.hook_timeout;
    for (i = 0; !status && i < r->copies.count; i++) {
        source.copy = &r->copies.items[i];
        if (is_to_be_cloned(r, source.copy))
            status = clones_plan(&r->clones, &source, err);
    }
    if (!status && !r->clones.count)
        status = error_because(err, XR_REASON_DISK_NOT_KEPT, ENOENT, "the "
                               "domain has none of the disks whose copies "
                               "were kept");
    return status;
}

static int change_to_clones(struct restore *r, struct xr_error *err)
{
    const struct disk_copies *c = &r->clones;
    CLEANUP_FREE struct config_edit *edits = calloc(c->count, sizeof(*edits));
    size_t i;

    if (!edits)
        return error_set(err, ENOMEM, "out of memory");
    for (i = 0; i < c->count; i++)
        edits[i] = (struct config_edit){
            .kind = CONFIG_EDIT_DISK,
            .of = c->items[i].dev,
            .of_length = strlen(c->items[i].dev),
            .to = c->items[i].target,
        };
    return restore_change_more(r, edits, c->count, err);
}

int restore_clones_plan(struct restore *r, struct xr_error *err)
{
    int status;

    if (r->options.disks != RESTORE_DISKS_COPIES)
        return 0;
    status = kept_disks_find(&r->image.metadata, &r->disks, &r->copies, err);
    if (!status)
        status = new_clones(r, err);
    if (!status)
        status = plan_each(r, err);
    return status ? status : change_to_clones(r, err);
}

static int make_each(struct restore *r, struct xr_error *err)
{
    const struct disk_drivers drivers = drivers_for_clones(r);
    struct clone_source source = { .drivers = &drivers };
    size_t i;
    int status = 0;

    for (i = 0; !status && i < r->copies.count; i++) {
        source.copy = &r->copies.items[i];
        if (!is_to_be_cloned(r, source.copy))
            continue;
        events_say(r->events, MESSAGE_INFO, "%s: a disk is made of %s",
                   source.copy->dev, source.copy->copy);
        status = clones_make(&r->clones, &source, err);
        if (!status && events_progress(r->events, 0, 0))
            status = error_set(err, ECANCELED, "stopped on request");
    }
    return status;
}

int restore_clones_make(struct restore *r, struct xr_error *err)
{
    int status;

    if (!r->clones.count)
        return 0;
    events_stage(r->events, "copying");
    status = clones_note(&r->clones, err);
    if (!status)
        status = make_each(r, err);
    if (!status)
        status = clones_begin(&r->clones, err);
    copies_unlock(&r->copies); /* whoever waits for them need wait no longer */
    if (!status)
        return 0;
    clones_give_up(&r->clones, r->events);
    return restore_refuse(r, err);
}

void restore_clones_end(struct restore *r, bool made)
{
    if (!r->clones.count)
        return;
    if (made)
        clones_leave(&r->clones);
    else
        clones_settle(&r->clones, r->events);
}

/* Its lock is gone with who was killed; the domain's is the heir's. */
void restore_clones_inherit(const struct restore *r)
{
    CLEANUP_COPIES struct disk_copies c = DISK_COPIES_NONE;

    if (!r->clones.count || ledger_take(r->clones.id, COPIES_CLONES, &c, NULL))
        return;
    if (c.begun)
        clones_settle(&c, r->events);
    else
        clones_give_up(&c, r->events);
}
