/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/disk_clones.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "domain/clone_mark.h"
#include "engine/boot.h"
#include "engine/copies_ledger.h"
#include "util/cleanup.h"
#include "util/fault.h"

static bool are_noted(const char *uuid)
{
    CLEANUP_FREE char *path = NULL;

    if (asprintf(&path, "%s/%s%s", copies_folder(), uuid,
                 CLONE_NOTE_ENDING) < 0) {
        path = NULL;
        return false;
    }
    return !access(path, F_OK);
}

static int set_clones_texts(struct disk_copies *c, const char *uuid,
                            const char *name, const char *image,
                            const char *by)
{
    c->id = strdup(uuid);
    c->uuid = strdup(uuid);
    c->name = strdup(name);
    c->image = realpath(image, NULL);
    c->by = strdup(by);
    boot_read(c->boot);
    return c->id && c->uuid && c->name && c->image && c->by ? 0 : -ENOMEM;
}

int clones_new(const char *uuid, const char *name, const char *image,
               const char *by, struct disk_copies *out, struct xr_error *err)
{
    CLEANUP_COPIES struct disk_copies c = {
        .state = COPIES_CLONES, .lock = -1,
    };

    if (!ledger_id_is_valid(uuid))
        return error_set(err, EINVAL, "%.40s is no uuid of a domain", uuid);
    if (are_noted(uuid))
        return error_because(err, XR_REASON_UUID_IN_USE, EEXIST, "disks of a "
                             "former domain with that uuid are there: "
                             "xen-resumable prune --drop-copies=%s removes "
                             "them", uuid);
    if (set_clones_texts(&c, uuid, name, image, by))
        return error_set(err, ENOMEM, "out of memory");
    *out = c;
    c = (struct disk_copies)DISK_COPIES_NONE;
    return 0;
}

static struct driver_disk driven_disk(const struct disk_copy *copy)
{
    return (struct driver_disk){ copy->dev, copy->target, copy->format };
}

static int add_clone(struct disk_copies *c, const struct disk_copy *from,
                     struct driver_answer *answer)
{
    struct disk_copy *items = reallocarray(c->items, c->count + 1,
                                           sizeof(*items));
    struct disk_copy *item;

    if (!items)
        return -ENOMEM;
    c->items = items;
    item = &items[c->count++];
    *item = (struct disk_copy){
        .dev = strdup(from->dev),
        .target = STEAL(answer->disk),
        .format = strdup(from->format),
        .driver = strdup(from->driver),
        .copy = STEAL(answer->copy),
    };
    return item->dev && item->format && item->driver ? 0 : -ENOMEM;
}

/* Two disks, or two domains, would have one: its name is to have the uuid in it. */
static int check_clone_name(const struct disk_copies *c,
                            const struct driver_answer *answer,
                            const struct disk_copy *from, struct xr_error *err)
{
    size_t i;

    if (!strstr(answer->copy, c->uuid))
        return error_because(err, XR_REASON_DISK_NOT_KEPT, EIO, "driver %s "
                             "would make %.100s, a name without the domain's "
                             "uuid", from->driver, answer->copy);
    for (i = 0; i < c->count; i++)
        if (!strcmp(c->items[i].copy, answer->copy)
            || !strcmp(c->items[i].target, answer->disk))
            return error_because(err, XR_REASON_DISK_NOT_KEPT, EIO, "driver "
                                 "%s would make %.100s twice", from->driver,
                                 answer->copy);
    return 0;
}

int clones_plan(struct disk_copies *c, const struct clone_source *source,
                struct xr_error *err)
{
    CLEANUP(driver_answer_free) struct driver_answer answer = { .copy = NULL };
    const struct driver_disk disk = driven_disk(source->copy);
    int r = disk_driver_ask_clone(source->drivers, source->copy->driver, &disk,
                                  source->copy->copy, &answer, err);

    if (!r)
        r = check_clone_name(c, &answer, source->copy, err);
    if (!r && source->rooms)
        r = disk_rooms_add(source->rooms, &answer, err);
    if (r) {
        error_within(err, XR_REASON_DISK_NOT_KEPT, source->copy->dev);
        return r;
    }
    return add_clone(c, source->copy, &answer)
           ? error_set(err, ENOMEM, "out of memory") : 0;
}

int clones_note(struct disk_copies *c, struct xr_error *err)
{
    return ledger_create(c, err);
}

static const struct disk_copy *clone_of(const struct disk_copies *c,
                                        const char *dev)
{
    size_t i;

    for (i = 0; i < c->count; i++)
        if (!strcmp(c->items[i].dev, dev))
            return &c->items[i];
    return NULL;
}

int clones_make(const struct disk_copies *c, const struct clone_source *source,
                struct xr_error *err)
{
    const struct driver_disk disk = driven_disk(source->copy);
    const struct disk_copy *clone = clone_of(c, source->copy->dev);
    int r = fault_step("a disk of its own", err);

    if (!r)
        r = disk_driver_clone(source->drivers, source->copy->driver, &disk,
                              source->copy->copy, clone->copy, err);
    if (!r && access(clone->target, R_OK | W_OK))
        r = error_system(err, errno, "driver %s has not made %s",
                         clone->driver, clone->target);
    if (!r)
        r = fault_step("the next disk of its own", err);
    if (r)
        error_within(err, XR_REASON_DISK_NOT_KEPT, source->copy->dev);
    return r;
}

int clones_begin(struct disk_copies *c, struct xr_error *err)
{
    CLEANUP_KEYLIST struct keylist line = { 0 };
    int r = keylist_set_text(&line, "begun", "1");

    r = r ? error_set(err, ENOMEM, "out of memory")
          : ledger_note(c, &line, err);
    c->begun = !r;
    return r;
}

void clones_leave(struct disk_copies *c)
{
    cleanup_close(&c->lock);
    c->lock = -1;
}

void clones_give_up(struct disk_copies *c, const struct events *events)
{
    if (c->lock >= 0)
        (void)copies_drop(c, events);
    copies_free(c);
}
