/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Keys are disk.NAME.WHAT, in whatever order somebody has put them.  What
 * contradicts itself (a driver without a copy) counts as not said.
 */
#include "config.h"

#include "lib/image_disks.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/image_summary.h"
#include "util/cleanup.h"
#include "util/number.h"

#define DISK "disk."

enum {
    DISK_PREFIX = sizeof(DISK) - 1,
    DEV_MAX = 64,
    SECONDS_LENGTH = sizeof("2026-11-30T06:05:50") - 1,
    FRACTION_DIGITS = 9,
};

/* "2026-11-30T06:05:50.123456789Z", and nothing else. */
static bool parse_moment(const char *text, struct timespec *out)
{
    const char *fraction = text + SECONDS_LENGTH + 1;
    char seconds[IMAGE_TIME_SIZE], digits[FRACTION_DIGITS + 1];
    uint64_t ns;
    time_t when;

    if (strlen(text) != SECONDS_LENGTH + 1 + FRACTION_DIGITS + 1
        || fraction[-1] != '.'
        || strspn(fraction, "0123456789") != FRACTION_DIGITS
        || fraction[FRACTION_DIGITS] != 'Z')
        return false;
    snprintf(seconds, sizeof(seconds), "%.*sZ", SECONDS_LENGTH, text);
    snprintf(digits, sizeof(digits), "%s", fraction);
    if (!image_time_parse(seconds, &when) || !number_parse(digits, &ns))
        return false;
    *out = (struct timespec){ .tv_sec = when, .tv_nsec = (long)ns };
    return true;
}

static const char *known_kind(const char *value)
{
    static const char *const kinds[] = { "file", "device", "other" };
    size_t i;

    for (i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
        if (!strcmp(value, kinds[i]))
            return kinds[i];
    return NULL;
}

/* One that is empty says nothing, and one with a NUL in it is no text. */
static const char *pair_text(const struct keypair *pair)
{
    return pair->value_length && strlen(pair->value) == pair->value_length
           ? pair->value : NULL;
}

/* False: no key of ours. */
static bool note_value(struct image_disk *disk, const char *what,
                       const char *value)
{
    if (!strcmp(what, "kind"))
        disk->kind = value ? known_kind(value) : NULL;
    else if (!strcmp(what, "target"))
        disk->target = value;
    else if (!strcmp(what, "format"))
        disk->format = value;
    else if (!strcmp(what, "id"))
        disk->id = value;
    else if (!strcmp(what, "driver"))
        disk->driver = value;
    else if (!strcmp(what, "copy"))
        disk->copy = value;
    else if (!strcmp(what, "mode"))
        disk->written = !value || strcmp(value, "r");
    else if (!strcmp(what, "size"))
        disk->has_size = value && number_parse(value, &disk->size);
    else if (!strcmp(what, "mtime"))
        disk->has_mtime = value && parse_moment(value, &disk->mtime);
    else
        return false;
    return true;
}

/* The disk of that name; a new one at the end if there is none.  NULL: no room,
   or no memory. */
static struct image_disk *disk_of(struct image_disks *disks, const char *dev,
                                  size_t n, int *r)
{
    struct image_disk *disk;
    size_t i;

    for (i = 0; i < disks->count; i++)
        if (!strncmp(disks->items[i].dev, dev, n) && !disks->items[i].dev[n])
            return &disks->items[i];
    if (disks->count == IMAGE_DISKS_MAX) {
        disks->more = true;
        return NULL;
    }
    disk = &disks->items[disks->count];
    *disk = (struct image_disk){ .dev = strndup(dev, n), .written = true };
    if (!disk->dev) {
        *r = -ENOMEM;
        return NULL;
    }
    disks->count++;
    return disk;
}

static int note_pair(struct image_disks *disks, const struct keypair *pair)
{
    const char *dev = pair->key + DISK_PREFIX;
    const char *end = strchr(dev, '.');
    struct image_disk nobodys = { .dev = NULL }, *disk;
    int r = 0;

    if (!end || end == dev || end - dev > DEV_MAX
        || !note_value(&nobodys, end + 1, NULL))
        return 0;
    disk = disk_of(disks, dev, (size_t)(end - dev), &r);
    if (disk)
        note_value(disk, end + 1, pair_text(pair));
    return r;
}

/* Who has a copy says where, and the other way round. */
static void drop_half_copies(struct image_disks *disks)
{
    size_t i;

    for (i = 0; i < disks->count; i++)
        if (!disks->items[i].driver || !disks->items[i].copy)
            disks->items[i].driver = disks->items[i].copy = NULL;
}

int image_disks_read(const struct keylist *record, struct image_disks *out,
                     struct xr_error *err)
{
    struct image_disks disks = {
        .items = calloc(IMAGE_DISKS_MAX, sizeof(*disks.items)),
    };
    const struct keypair *id = keylist_find(record, "checkpoint.id");
    int r = disks.items ? 0 : -ENOMEM;
    size_t i;

    for (i = 0; !r && i < record->count; i++)
        if (!strncmp(record->pairs[i].key, DISK, DISK_PREFIX))
            r = note_pair(&disks, &record->pairs[i]);
    if (r) {
        image_disks_free(&disks);
        return error_set(err, ENOMEM, "out of memory");
    }
    drop_half_copies(&disks);
    disks.checkpoint = id ? pair_text(id) : NULL;
    *out = disks;
    return 0;
}

const struct image_disk *image_disks_find(const struct image_disks *disks,
                                          const char *dev)
{
    size_t i;

    for (i = 0; i < disks->count; i++)
        if (!strcmp(disks->items[i].dev, dev))
            return &disks->items[i];
    return NULL;
}

size_t image_disks_written(const struct image_disks *disks)
{
    size_t i, count = 0;

    for (i = 0; i < disks->count; i++)
        count += disks->items[i].written;
    return count;
}

size_t image_disks_kept(const struct image_disks *disks)
{
    size_t i, count = 0;

    for (i = 0; i < disks->count; i++)
        count += disks->items[i].written && disks->items[i].copy;
    return count;
}

void image_disks_free(struct image_disks *disks)
{
    int saved = errno;

    while (disks->count)
        free(disks->items[--disks->count].dev);
    free(disks->items);
    *disks = (struct image_disks){ .items = NULL };
    errno = saved;
}
