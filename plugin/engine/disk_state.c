/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/disk_state.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "domain/disk_facts.h"
#include "engine/disk_identity.h"
#include "engine/kept_disks.h"
#include "lib/image_disks.h"

/* False: the record does not say enough of it. */
static bool facts_of(const struct image_disk *disk, struct disk_facts *out)
{
    bool is_device = disk->kind && !strcmp(disk->kind, "device");

    if (!disk->kind || !disk->has_size
        || (!is_device && strcmp(disk->kind, "file")))
        return false;
    *out = (struct disk_facts){
        .is_device = is_device,
        .size = disk->size,
        .mtime = disk->mtime,
    };
    snprintf(out->id, sizeof(out->id), "%s", disk->id ? disk->id : "");
    return true;
}

/* A copy goes back to the disk that it was made of, not to one of its name. */
static void put_back_disk(const struct image_disk *said, const char *path,
                          const struct disk_state_wish *wish,
                          struct preflight_disk *out)
{
    const char *why;

    out->state = PREFLIGHT_DISK_PUT_BACK;
    if (out->is_guests || wish->are_ours
        || !disk_is_other(said, path, wish->back->uuid, &why))
        return;
    out->state = PREFLIGHT_DISK_CHANGED;
    out->is_other = true;
    snprintf(out->why, sizeof(out->why), "%s", why);
}

/* What cannot be looked at the pre-flight says by itself. */
static void compare_disk(const struct image_disk *said, const char *path,
                         struct preflight_disk *out)
{
    struct disk_facts then, now;
    const char *why = NULL;

    if (!facts_of(said, &then) || disk_facts_read(path, &now, NULL))
        return;
    switch (disk_facts_compare(&then, &now, &why)) {
    case DISK_SAME:
        out->state = PREFLIGHT_DISK_SAME;
        break;
    case DISK_NOT_TOLD:
        out->state = PREFLIGHT_DISK_NOT_TOLD;
        break;
    case DISK_CHANGED:
        out->state = PREFLIGHT_DISK_CHANGED;
        break;
    }
    if (out->state == PREFLIGHT_DISK_CHANGED)
        snprintf(out->why, sizeof(out->why), "%s", why ? why : "it differs");
}

static const struct image_disk *said_of(const struct image_disks *disks,
                                        const struct domain_disk *disk)
{
    return disk->dev && !disk->backend && *disk->path == '/'
           ? image_disks_find(disks, disk->dev) : NULL;
}

/* Nobody has it yet: it is made for the domain. */
static bool is_clone(const struct disk_copies *clones,
                     const struct domain_disk *disk)
{
    const struct disk_copy *clone =
        clones && disk->dev ? kept_disks_get(clones, disk->dev) : NULL;

    return clone && !strcmp(clone->target, disk->path);
}

int disk_state_ask(const struct keylist *record,
                   const struct domain_config *config,
                   const struct disk_state_wish *wish,
                   struct preflight_disk *answers, struct xr_error *err)
{
    CLEANUP_COPIES struct disk_copies here = DISK_COPIES_NONE;
    CLEANUP_IMAGE_DISKS struct image_disks disks = { 0 };
    const struct disk_copies *copies = wish->back;
    size_t i;
    int peeked = 0, r = image_disks_read(record, &disks, err);

    if (r)
        return r;
    if (!copies)
        peeked = kept_disks_peek(record, &disks, &here, NULL);
    if (!copies && !peeked)
        copies = &here;
    for (i = 0; i < config->disk_count; i++) {
        const struct domain_disk *disk = &config->disks[i];
        const struct image_disk *said = said_of(&disks, disk);
        struct preflight_disk *out = &answers[i];

        if (is_clone(wish->clones, disk))
            out->state = PREFLIGHT_DISK_MADE;
        if (!said || out->state == PREFLIGHT_DISK_MADE)
            continue;
        out->as_it_is = wish->as_they_are
                        || (wish->as_it_is
                            && disk_names_have(wish->as_it_is, disk->dev));
        /* While somebody is at work on them the record says what there is. */
        out->has_copy = copies ? kept_disks_get(copies, said->dev) != NULL
                               : peeked == -EBUSY && said->copy;
        if (wish->back && out->has_copy && !out->as_it_is)
            put_back_disk(said, disk->path, wish, out);
        else
            compare_disk(said, disk->path, out);
    }
    return 0;
}
