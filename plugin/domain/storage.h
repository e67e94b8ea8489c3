/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What bytes are kept in: a file or a block device, whatever it is called.
 * Symbolic links, hard links, bind mounts and further device nodes are other
 * names of the same.
 */
#ifndef DOMAIN_STORAGE_H
#define DOMAIN_STORAGE_H

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

struct storage {
    bool is_device;
    dev_t device; /* the block device, or the one that the file system says */
    ino_t inode;  /* of a file */
};

/* False for what is neither a regular file nor a block device. */
bool storage_of(const struct stat *st, struct storage *out);

static inline struct storage storage_of_device(dev_t device)
{
    return (struct storage){ .is_device = true, .device = device };
}

bool storage_is_same(const struct storage *a, const struct storage *b);

#endif
