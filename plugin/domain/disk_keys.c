/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A plan as the record has it.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "domain/disk_plan.h"
#include "util/buffer.h"

enum { KEY_ROOM = 128 };

static int set_key(struct keylist *list, const struct planned_disk *d,
                   const char *what, const char *value)
{
    char key[KEY_ROOM];
    int n;

    if (!value || !*value)
        return 0;
    n = snprintf(key, sizeof(key), "disk.%s.%s", d->dev, what);
    return n > 0 && (size_t)n < sizeof(key)
           ? keylist_set_text(list, key, value) : -EINVAL;
}

static const char *kind_name(const struct planned_disk *d)
{
    return !d->here ? "other" : d->facts.is_device ? "device" : "file";
}

static int set_facts(struct keylist *list, const struct planned_disk *d)
{
    char size[24], time[DISK_TIME_SIZE];
    int r;

    snprintf(size, sizeof(size), "%020" PRIu64, d->facts.size);
    disk_time_print(&d->facts.mtime, time);
    r = set_key(list, d, "size", size);
    if (!r && d->is_timed)
        r = set_key(list, d, "mtime", time);
    return r ? r : set_key(list, d, "id", d->facts.id);
}

static int set_disk_keys(struct keylist *list, const struct planned_disk *d)
{
    int r = set_key(list, d, "kind", kind_name(d));

    if (!r)
        r = set_key(list, d, "target", d->target);
    if (!r)
        r = set_key(list, d, "format", d->format);
    if (!r)
        r = set_key(list, d, "mode", d->written ? "w" : "r");
    if (!r && d->here)
        r = set_facts(list, d);
    if (!r)
        r = set_key(list, d, "driver", d->driver);
    return r ? r : set_key(list, d, "copy", d->copy);
}

int disk_plan_to_keys(const struct disk_plan *plan, struct keylist *out,
                      struct xr_error *err)
{
    CLEANUP_KEYLIST struct keylist list = { 0 };
    CLEANUP_BUFFER struct buffer text = { 0 };
    size_t i;
    int r = 0;

    for (i = 0; !r && i < plan->count; i++)
        r = set_disk_keys(&list, &plan->items[i]);
    if (!r) {
        keylist_print(&list, &text);
        r = buffer_failed(&text) ? -ENOMEM
            : text.length > DISK_KEYS_MAX ? -E2BIG : 0;
    }
    if (r)
        return error_set(err, -r, "%s", r == -E2BIG
                         ? "a record has no room for so many disks"
                         : "the disks cannot be noted");
    *out = list;
    list = (struct keylist){ 0 };
    return 0;
}

static bool is_of_instant(const char *key)
{
    const char *dot = strrchr(key, '.');

    return !strncmp(key, "disk.", strlen("disk.")) && dot
           && (!strcmp(dot, ".size") || !strcmp(dot, ".mtime"));
}

int disk_keys_of_instant(const struct keylist *keys, struct keylist *out,
                         struct xr_error *err)
{
    CLEANUP_KEYLIST struct keylist list = { 0 };
    size_t i;
    int r = 0;

    for (i = 0; !r && i < keys->count; i++)
        if (is_of_instant(keys->pairs[i].key))
            r = keylist_set_text(&list, keys->pairs[i].key,
                                 keys->pairs[i].value);
    if (r)
        return error_set(err, -r, "the disks cannot be noted");
    *out = list;
    list = (struct keylist){ 0 };
    return 0;
}
