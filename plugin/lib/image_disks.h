/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What an image's record says of the guest's disks at the instant at which it
 * was suspended (FORMAT.md, "The record").  All of it is the image's word.
 */
#ifndef LIB_IMAGE_DISKS_H
#define LIB_IMAGE_DISKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "format/keylist.h"
#include "util/error.h"

enum { IMAGE_DISKS_MAX = 256 };

struct image_disk {
    char *dev;               /* "xvda"; never NULL */
    const char *kind;        /* "file", "device", "other"; NULL: not said */
    const char *target;      /* NULL: not said, as with the following */
    const char *format;
    const char *id;
    const char *driver;      /* who has the copy; NULL: none was made */
    const char *copy;
    bool written;            /* by the guest; also where nobody says it */
    bool has_size;
    uint64_t size;
    bool has_mtime;
    struct timespec mtime;
};

struct image_disks {
    struct image_disk *items;
    size_t count;
    const char *checkpoint;  /* checkpoint.id; NULL: not said */
    bool more;               /* than IMAGE_DISKS_MAX */
};

/*
 * Texts are borrowed from the list.  Keys that make no sense are passed over.
 * -ENOMEM.
 */
int image_disks_read(const struct keylist *record, struct image_disks *out,
                     struct xr_error *err);

/* By its name in the guest; NULL: none. */
const struct image_disk *image_disks_find(const struct image_disks *disks,
                                          const char *dev);

/*
 * How many there are that the guest writes, and how many of these have a copy.
 */
size_t image_disks_written(const struct image_disks *disks);
size_t image_disks_kept(const struct image_disks *disks);

void image_disks_free(struct image_disks *disks);

#define CLEANUP_IMAGE_DISKS __attribute__((cleanup(image_disks_free)))

#endif
