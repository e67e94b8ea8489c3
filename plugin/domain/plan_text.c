/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "domain/plan_text.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/cleanup.h"
#include "util/number.h"

enum { KEY_ROOM = 128 };

static int set_plan_key(struct keylist *list, const char *key, uint64_t value)
{
    char text[24];

    if (!value)
        return 0;
    snprintf(text, sizeof(text), "%" PRIu64, value);
    return keylist_set_text(list, key, text);
}

static int add_drivers(struct keylist *list, const struct disk_drivers *d)
{
    int r = d->dir ? keylist_set_text(list, "plan.dir", d->dir) : 0;

    if (!r && d->lvm_snapshot_size)
        r = keylist_set_text(list, "plan.lvm-size", d->lvm_snapshot_size);
    if (!r)
        r = set_plan_key(list, "plan.limit", d->limit);
    return r ? r : set_plan_key(list, "plan.required", d->required);
}

static int set_plan_number(struct keylist *list, const struct planned_disk *d,
                           const char *what, uint64_t value)
{
    char key[KEY_ROOM];

    snprintf(key, sizeof(key), "plan.%.80s.%s", d->dev, what);
    return set_plan_key(list, key, value);
}

static int add_plan(struct keylist *list, const struct disk_plan *plan)
{
    size_t i;
    int r = 0;

    for (i = 0; !r && i < plan->count; i++) {
        const struct planned_disk *d = &plan->items[i];

        r = set_plan_number(list, d, "qemu", d->by_qemu);
        if (!r)
            r = set_plan_number(list, d, "bytes", d->bytes);
    }
    return r;
}

int plan_text_print(const struct disk_plan *plan,
                    const struct disk_drivers *drivers, struct buffer *out,
                    struct xr_error *err)
{
    CLEANUP_KEYLIST struct keylist list = { 0 };
    int r = disk_plan_to_keys(plan, &list, err);

    if (r)
        return r;
    if (drivers)
        r = add_drivers(&list, drivers);
    if (!r)
        r = add_plan(&list, plan);
    if (!r)
        keylist_print(&list, out);
    return r || buffer_failed(out)
           ? error_set(err, ENOMEM, "the disks cannot be noted") : 0;
}

static void take_drivers(const struct keylist *rest, struct disk_drivers *out)
{
    uint64_t number;

    out->dir = keylist_get(rest, "plan.dir");
    out->lvm_snapshot_size = keylist_get(rest, "plan.lvm-size");
    if (keylist_get_number(rest, "plan.limit", &number) && number <= UINT_MAX)
        out->limit = (unsigned int)number;
    out->required = keylist_get(rest, "plan.required");
}

/* "disk.xvda.target": the device, and what is said of it; false: no such key. */
static bool split_key(const char *key, char dev[KEY_ROOM], const char **what)
{
    static const char begin[] = "disk.";
    const char *dot;

    if (strncmp(key, begin, sizeof(begin) - 1))
        return false;
    key += sizeof(begin) - 1;
    dot = strrchr(key, '.');
    if (!dot || dot == key || dot - key >= KEY_ROOM)
        return false;
    snprintf(dev, KEY_ROOM, "%.*s", (int)(dot - key), key);
    *what = dot + 1;
    return true;
}

/* The disk's item, which may be new: the keys of each come together. */
static struct planned_disk *item_for(struct disk_plan *plan, const char *dev)
{
    struct planned_disk *last = plan->count ? &plan->items[plan->count - 1]
                                            : NULL;
    struct planned_disk *grown;

    if (last && !strcmp(last->dev, dev))
        return last;
    grown = reallocarray(plan->items, plan->count + 1, sizeof(*grown));
    if (!grown)
        return NULL;
    plan->items = grown;
    last = &grown[plan->count];
    *last = (struct planned_disk){ .dev = strdup(dev) };
    if (!last->dev)
        return NULL;
    plan->count++;
    return last;
}

static bool keep_text(char **out, const char *value)
{
    free(*out);
    *out = strdup(value);
    return *out;
}

/* Of what is not read anew this is said again. */
static bool take_disk_value(struct planned_disk *d, const char *what,
                       const char *value)
{
    if (!strcmp(what, "kind")) {
        d->here = strcmp(value, "other") != 0;
        d->facts.is_device = !strcmp(value, "device");
    } else if (!strcmp(what, "mode")) {
        d->written = !strcmp(value, "w");
    } else if (!strcmp(what, "mtime")) {
        d->is_timed = disk_time_parse(value, &d->facts.mtime);
        return d->is_timed;
    } else if (!strcmp(what, "size")) {
        return number_parse(value, &d->facts.size);
    } else if (!strcmp(what, "target")) {
        return keep_text(&d->target, value);
    } else if (!strcmp(what, "format")) {
        return keep_text(&d->format, value);
    } else if (!strcmp(what, "driver")) {
        return keep_text(&d->driver, value);
    } else if (!strcmp(what, "copy")) {
        return keep_text(&d->copy, value);
    }
    return true;
}

static void take_rest(const struct keylist *rest, struct planned_disk *d)
{
    char key[KEY_ROOM];

    snprintf(key, sizeof(key), "plan.%.80s.qemu", d->dev);
    d->by_qemu = keylist_get(rest, key);
    snprintf(key, sizeof(key), "plan.%.80s.bytes", d->dev);
    (void)keylist_get_number(rest, key, &d->bytes);
}

static int take_plan_pair(struct plan_text *out, const struct keypair *pair)
{
    char dev[KEY_ROOM];
    const char *what;
    struct planned_disk *disk;

    if (!split_key(pair->key, dev, &what))
        return keylist_set(&out->rest, pair->key, pair->value,
                           pair->value_length);
    disk = item_for(&out->plan, dev);
    if (!disk || !take_disk_value(disk, what, pair->value))
        return -ENOMEM;
    return keylist_set(&out->record, pair->key, pair->value,
                       pair->value_length);
}

/* What a driver is called with is never NULL. */
static int complete_disks(struct plan_text *out)
{
    struct planned_disk *d;

    for (d = out->plan.items; d < out->plan.items + out->plan.count; d++) {
        take_rest(&out->rest, d);
        if ((!d->target && !keep_text(&d->target, ""))
            || (!d->format && !keep_text(&d->format, "")))
            return -ENOMEM;
        if (!d->driver != !d->copy)
            return -EINVAL;
    }
    return 0;
}

int plan_text_parse(const char *text, size_t n, struct plan_text *out,
                    struct xr_error *err)
{
    CLEANUP_PLAN_TEXT struct plan_text found = { .drivers.dir = NULL };
    CLEANUP_KEYLIST struct keylist list = { 0 };
    size_t i;
    int r = keylist_parse(text, n, &list, err);

    if (r)
        return r;
    for (i = 0; !r && i < list.count; i++)
        r = take_plan_pair(&found, &list.pairs[i]);
    if (!r)
        r = complete_disks(&found);
    if (r)
        return error_set(err, -r, "the plan of the disks cannot be read");
    take_drivers(&found.rest, &found.drivers);
    *out = found;
    found = (struct plan_text){ .drivers.dir = NULL };
    return 0;
}

void plan_text_free(struct plan_text *text)
{
    keylist_free(&text->record);
    keylist_free(&text->rest);
    disk_plan_free(&text->plan);
}
