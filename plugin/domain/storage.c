/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "domain/storage.h"

bool storage_of(const struct stat *st, struct storage *out)
{
    if (S_ISBLK(st->st_mode))
        *out = storage_of_device(st->st_rdev);
    else if (S_ISREG(st->st_mode))
        *out = (struct storage){
            .device = st->st_dev,
            .inode = st->st_ino,
        };
    else
        return false;
    return true;
}

bool storage_is_same(const struct storage *a, const struct storage *b)
{
    return a->is_device == b->is_device && a->device == b->device
           && (a->is_device || a->inode == b->inode);
}
