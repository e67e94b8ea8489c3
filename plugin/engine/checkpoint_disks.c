/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/checkpoint_disks.h"

#include <errno.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "domain/scripts.h"
#include "lib/record_rewrite.h"
#include "util/cleanup.h"
#include "util/fault.h"

struct disk_drivers checkpoint_drivers(const struct checkpoint *c)
{
    return (struct disk_drivers){
        .lvm_snapshot_size = c->config.lvm_snapshot_size,
        .limit = c->config.hook_timeout,
        .required = c->options.disks == CHECKPOINT_DISKS_REQUIRE,
        .domid = c->judgement.domain.domid,
        .name = c->judgement.name,
        .checkpoint = c->id,
    };
}

static int draw_checkpoint_id(struct checkpoint *c, struct xr_error *err)
{
    int r = stage_id_draw(c->id);

    return r ? error_system(err, -r, "an id for the checkpoint") : 0;
}

static bool is_lost(const struct planned_disk *d)
{
    return d->written && !d->driver;
}

/* What keeps all of them from being kept; NULL: nothing. */
static const char *why_none(const struct checkpoint *c)
{
    return c->options.disks == CHECKPOINT_DISKS_NONE ? "--disks=none"
           : !c->is_file ? "the image does not go to a file"
           : !c->config.record ? "with record = 0 in the configuration, the "
                                 "image would not name the copy"
                               : NULL;
}

static void give_reasons(struct disk_plan *plan, const char *why)
{
    size_t i;

    for (i = 0; i < plan->count; i++) {
        struct planned_disk *d = &plan->items[i];

        if (is_lost(d) && !*d->why_not)
            snprintf(d->why_not, sizeof(d->why_not), "%s", why);
    }
}

/* Hooks may keep what no driver does. */
static void name_lost_disks(const struct checkpoint *c)
{
    bool hooks;
    size_t i, count = 0;

    if (c->options.disks == CHECKPOINT_DISKS_NONE || c->options.dry_run)
        return;
    hooks = !scripts_examine(c->options.hook_dir, &count, NULL) && count;
    for (i = 0; i < c->disks.count; i++) {
        const struct planned_disk *d = &c->disks.items[i];

        if (is_lost(d))
            events_say(c->events, hooks ? MESSAGE_INFO : MESSAGE_WARNING,
                       "%s: %s (%s) is not kept%s: %s", c->judgement.name,
                       d->dev, d->target, hooks ? ", unless a hook does it"
                                                : "", d->why_not);
    }
}

static int refuse_lost_disk(const struct checkpoint *c, struct xr_error *err)
{
    size_t i;

    for (i = 0; i < c->disks.count; i++) {
        const struct planned_disk *d = &c->disks.items[i];

        if (is_lost(d) && !disk_names_have(&c->options.not_needed, d->dev))
            return error_because(err, XR_REASON_DISK_NOT_KEPT, EPERM, "its "
                                 "disk %s (%.80s) cannot be kept: %s; use "
                                 "--disks=auto to go on without it", d->dev,
                                 d->target, d->why_not);
    }
    return 0;
}

static void forget_drivers(struct disk_plan *plan, const char *why)
{
    size_t i;

    for (i = 0; i < plan->count; i++)
        planned_disk_give_up(&plan->items[i]);
    give_reasons(plan, why);
}

/* What a record has no room for does not keep a guest from its checkpoint. */
static int see_if_they_fit(struct checkpoint *c, struct xr_error *err)
{
    CLEANUP_KEYLIST struct keylist keys = { 0 };
    int r = disk_plan_to_keys(&c->disks, &keys, err);

    if (r != -E2BIG)
        return r;
    c->has_too_many_disks = true;
    forget_drivers(&c->disks, "it has more disks than a record can name");
    return 0;
}

int checkpoint_plan_disks(struct checkpoint *c, struct xr_error *err)
{
    const struct disk_drivers drivers = checkpoint_drivers(c);
    const char *none = why_none(c);
    int r = draw_checkpoint_id(c, err);

    if (!r)
        r = disk_plan_make(c->connection.store, c->judgement.domain.domid,
                           none ? NULL : &drivers, &c->disks, err);
    if (!r)
        r = see_if_they_fit(c, err);
    if (r)
        return r;
    give_reasons(&c->disks, none ? none : "no driver takes it");
    if (c->options.disks == CHECKPOINT_DISKS_REQUIRE)
        return refuse_lost_disk(c, err);
    name_lost_disks(c);
    return 0;
}

/* Who was killed together with the process that would have seen to it. */
int checkpoint_wake_qemu(struct checkpoint *c, struct xr_error *err)
{
    const struct judgement *j = &c->judgement;

    (void)err;
    if (!c->options.dry_run && j->type != GUEST_HVM
        && disk_plan_wake(&c->disks, j->domain.domid))
        events_say(c->events, MESSAGE_WARNING, "%s (domain %u): its QEMU stood "
                   "still since a checkpoint was killed; it goes on", j->name,
                   j->domain.domid);
    return 0;
}

/* --- room */

static bool device_of(const char *folder, dev_t *out)
{
    struct stat st;

    if (stat(folder, &st))
        return false;
    *out = st.st_dev;
    return true;
}

static bool device_beside(const char *path, dev_t *out)
{
    CLEANUP_FREE char *copy = strdup(path);

    return copy && device_of(dirname(copy), out);
}

static uint64_t bytes_on(const struct disk_plan *plan, dev_t device)
{
    uint64_t sum = 0;
    dev_t there;
    size_t i;

    for (i = 0; i < plan->count; i++) {
        const struct planned_disk *d = &plan->items[i];

        if (!d->driver || !d->folder || !device_of(d->folder, &there)
            || there != device)
            continue;
        sum = sum > UINT64_MAX - d->bytes ? UINT64_MAX : sum + d->bytes;
    }
    return sum;
}

uint64_t checkpoint_disks_beside(const struct checkpoint *c)
{
    dev_t device;

    return device_beside(c->path, &device) ? bytes_on(&c->disks, device) : 0;
}

static int check_folder_of_copy(const struct checkpoint *c, const char *folder,
                                dev_t device, struct xr_error *err)
{
    uint64_t need = bytes_on(&c->disks, device), room;
    struct statvfs fs;

    if (!need)
        return 0;
    if (statvfs(folder, &fs))
        return error_system(err, errno, "%s", folder);
    room = (uint64_t)fs.f_bavail * fs.f_frsize;
    return room >= need
           ? 0 : error_set(err, ENOSPC, "copies of its disks need %" PRIu64
                           " MiB in %.100s, and %" PRIu64 " MiB are free",
                           (need >> 20) + 1, folder, room >> 20);
}

/* Those in the image's own file system are its room check's. */
int checkpoint_room_for_disks(const struct checkpoint *c,
                              struct xr_error *err)
{
    dev_t image, device;
    bool has_image = device_beside(c->path, &image);
    size_t i;
    int r = 0;

    for (i = 0; !r && i < c->disks.count; i++) {
        const struct planned_disk *d = &c->disks.items[i];

        if (d->driver && d->folder && device_of(d->folder, &device)
            && !(has_image && device == image))
            r = check_folder_of_copy(c, d->folder, device, err);
    }
    return r;
}

/* --- what becomes of the copies */

int taking_hand_plan(struct taking *t, struct xr_error *err)
{
    const struct checkpoint *c = t->checkpoint;
    const struct disk_drivers drivers = checkpoint_drivers(c);

    /* Without a file nobody can tell later what the disks were at that time. */
    return c->is_file && !c->has_too_many_disks
           ? stages_plan_disks(&t->stages, &c->disks,
                               why_none(c) ? NULL : &drivers, err) : 0;
}

/* A guest that cannot have copies of its disks has an image all the same. */
int taking_begin_copies(struct taking *t, struct xr_error *err)
{
    struct checkpoint *c = t->checkpoint;
    int r;

    if (!disk_plan_kept(&c->disks))
        return 0;
    r = copies_begin(c->id, c->path, c->judgement.name,
                     c->judgement.domain.uuid, &c->disks, &t->copies, err);
    if (!r)
        return 0;
    error_within(err, XR_REASON_DISK_NOT_KEPT, "cannot note its copy");
    if (c->options.disks == CHECKPOINT_DISKS_REQUIRE)
        return r;
    forget_drivers(&c->disks, err->message);
    name_lost_disks(c);
    return 0;
}

/* The record could not be written, for example. */
static int give_up_disks(struct taking *t, struct xr_error *err)
{
    struct checkpoint *c = t->checkpoint;

    if (t->copies.lock < 0)
        return 0;
    if (c->options.disks == CHECKPOINT_DISKS_REQUIRE)
        return error_because(err, XR_REASON_DISK_NOT_KEPT, EIO, "the image "
                             "has no record that could name the copies of its "
                             "disks");
    copies_give_up(&t->copies, c->events);
    forget_drivers(&c->disks, "the image has no record that could name the "
                              "copy");
    name_lost_disks(c);
    return 0;
}

int taking_note_facts(struct taking *t, struct xr_error *err)
{
    int r;

    if (!new_image_is_file(&t->image))
        return 0;
    r = stages_disk_facts(&t->stages, &t->facts, err);
    if (r)
        return r == -ENOENT ? give_up_disks(t, err) : r;
    r = fault_step("the facts of the disks", err);
    if (!r && !t->flat)
        return record_rewrite_file(t->image.fd, &t->facts, err);
    if (!r)
        flat_image_set_keys(t->flat, &t->facts);
    return r;
}

int taking_keep_copies(struct taking *t, struct xr_error *err)
{
    int r;

    if (t->copies.lock < 0)
        return 0;
    r = fault_step("the sync of the copies", err);
    if (!r)
        r = disk_plan_sync(&t->checkpoint->disks, err);
    return r ? r : copies_keep(&t->copies, t->image.fd, err);
}

/* What is left undone the next sweep does: the image is in place. */
void taking_end_copies(struct taking *t)
{
    struct xr_error err;

    if (copies_end(&t->copies, &err))
        events_say(t->checkpoint->events, MESSAGE_WARNING, "copies of disks: "
                   "%s", err.message);
}
