/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Some of a guest's disks, by what the guest calls them.
 */
#ifndef ENGINE_DISK_NAMES_H
#define ENGINE_DISK_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "util/error.h"

enum { DISK_NAMES_MAX = 32 };

/* The texts are borrowed. */
struct disk_names {
    const char *items[DISK_NAMES_MAX];
    size_t count;
};

/* -EINVAL: no disk is called so.  -E2BIG. */
int disk_names_add(struct disk_names *names, const char *name,
                   struct xr_error *err);

/* dev: may be NULL, which none of them is. */
bool disk_names_have(const struct disk_names *names, const char *dev);

#endif
