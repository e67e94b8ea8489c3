/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/disk_names.h"

#include <errno.h>
#include <string.h>

int disk_names_add(struct disk_names *names, const char *name,
                   struct xr_error *err)
{
    if (!*name || name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                    "abcdefghijklmnopqrstuvwxyz"
                                    "0123456789_-")])
        return error_set(err, EINVAL, "a disk's name, such as xvdb, is "
                         "expected");
    if (names->count == DISK_NAMES_MAX)
        return error_set(err, E2BIG, "more than %d disks", DISK_NAMES_MAX);
    names->items[names->count++] = name;
    return 0;
}

bool disk_names_have(const struct disk_names *names, const char *dev)
{
    size_t i;

    for (i = 0; dev && i < names->count; i++)
        if (!strcmp(names->items[i], dev))
            return true;
    return false;
}
