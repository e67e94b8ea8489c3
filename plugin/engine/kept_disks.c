/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/kept_disks.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

const struct disk_copy *kept_disks_get(const struct disk_copies *copies,
                                       const char *dev)
{
    size_t i;

    for (i = 0; i < copies->count; i++)
        if (!strcmp(copies->items[i].dev, dev))
            return &copies->items[i];
    return NULL;
}

static bool is_same_text(const char *a, const char *b)
{
    return a && b && !strcmp(a, b);
}

static bool is_same_copy(const struct image_disk *said,
                         const struct disk_copy *noted)
{
    return noted && is_same_text(said->target, noted->target)
           && is_same_text(said->driver, noted->driver)
           && is_same_text(said->copy, noted->copy);
}

static int contradicts(const char *dev, struct xr_error *err)
{
    return error_because(err, XR_REASON_DISK_NOT_KEPT, EBADMSG, "image and "
                         "ledger of this host say different things about the "
                         "copy of %.40s", dev);
}

int kept_disks_compare(const struct keylist *record,
                       const struct image_disks *disks,
                       const struct disk_copies *copies, struct xr_error *err)
{
    const char *uuid = keylist_get(record, "domain.uuid");
    size_t i, kept = 0;

    if (!uuid || !copies->uuid || strcasecmp(uuid, copies->uuid)
        || !is_same_text(disks->checkpoint, copies->id))
        return error_because(err, XR_REASON_DISK_NOT_KEPT, EBADMSG, "the "
                             "copies of that name on this host are of another "
                             "guest's disks");
    for (i = 0; i < disks->count; i++) {
        const struct image_disk *disk = &disks->items[i];

        if (!disk->copy)
            continue;
        kept++;
        if (!is_same_copy(disk, kept_disks_get(copies, disk->dev)))
            return contradicts(disk->dev, err);
    }
    for (i = 0; i < copies->count && kept != copies->count; i++)
        if (!image_disks_find(disks, copies->items[i].dev)
            || !image_disks_find(disks, copies->items[i].dev)->copy)
            return contradicts(copies->items[i].dev, err);
    return 0;
}

static bool has_any_copy(const struct image_disks *disks)
{
    size_t i;

    for (i = 0; i < disks->count; i++)
        if (disks->items[i].copy)
            return true;
    return false;
}

typedef int copies_take(const char *id, struct disk_copies *out,
                        struct xr_error *err);

static int find_by(copies_take *take, const struct keylist *record,
                   const struct image_disks *disks, struct disk_copies *out,
                   struct xr_error *err)
{
    CLEANUP_COPIES struct disk_copies copies = DISK_COPIES_NONE;
    int r;

    if (!disks->checkpoint || !has_any_copy(disks))
        return error_because(err, XR_REASON_DISK_NOT_KEPT, ENOENT,
                             "no copies of its disks were kept");
    r = take(disks->checkpoint, &copies, err);
    if (r == -ENOENT)
        return error_because(err, XR_REASON_DISK_NOT_KEPT, ENOENT, "the copies "
                             "of its disks were not made on this host, or are "
                             "gone");
    if (r == -EBUSY && err)
        err->reason = XR_REASON_LOCKED;
    if (!r)
        r = kept_disks_compare(record, disks, &copies, err);
    if (r)
        return r;
    *out = copies;
    copies = (struct disk_copies)DISK_COPIES_NONE;
    return 0;
}

int kept_disks_find(const struct keylist *record,
                    const struct image_disks *disks, struct disk_copies *out,
                    struct xr_error *err)
{
    return find_by(copies_find, record, disks, out, err);
}

int kept_disks_peek(const struct keylist *record,
                    const struct image_disks *disks, struct disk_copies *out,
                    struct xr_error *err)
{
    return find_by(copies_peek, record, disks, out, err);
}
