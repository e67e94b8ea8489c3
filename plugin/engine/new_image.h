/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The file that a checkpoint writes.  It comes into being beside the one that
 * it is to replace, which stays as it is until the new one is whole and on the
 * disk.
 */
#ifndef ENGINE_NEW_IMAGE_H
#define ENGINE_NEW_IMAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "engine/disk_copies.h"
#include "engine/events.h"
#include "util/error.h"

struct new_image {
    const char *path;  /* borrowed */
    char *temporary;   /* NULL: a FIFO or standard output, written in place */
    int fd;
};

/*
 * Finds a name for it; nothing is created yet.  path is as target_resolve
 * gives it (engine/target.h): "-" is standard output; what is there and no
 * regular file (a FIFO, a device) is written in place.  Needed afterwards:
 * new_image_abandon.
 */
int new_image_name(struct new_image *image, const char *path,
                   struct xr_error *err);

/*
 * Opens it, a new file with mode 0600.  -EBUSY: a block device is in use.
 * -EAGAIN: nobody reads the FIFO yet.  What is written in place has yet to be
 * asked about, by target_check_fd.
 */
int new_image_open(struct new_image *image, struct xr_error *err);

/* Can it be replaced, verified, sealed? */
static inline bool new_image_is_file(const struct new_image *image)
{
    return image->temporary;
}

/* Until it is on the disk: file, name and folder. */
int new_image_sync(struct new_image *image, struct xr_error *err);

/*
 * Gives it its name.  keep: the former files stay as PATH.1 (the latest) to
 * PATH.KEEP; with 0 the former one is replaced.  All of it or, after a
 * failure, nothing (engine/rotation.h).  With the one that goes its copies of
 * disks go.
 */
int new_image_commit(struct new_image *image, unsigned int keep,
                     const struct events *events, struct xr_error *err);

/*
 * The same, but the copies of the one that goes are the caller's to drop,
 * which may take long: copies_removal_end.
 */
int new_image_put_in_place(struct new_image *image, unsigned int keep,
                           const struct events *events,
                           struct disk_copies *going, struct xr_error *err);

/*
 * Gives it the name of the former image, of which it is another form, if that
 * one is still as it was: the same file, untouched.  -EBUSY: it is not, and
 * whatever is there now stays.  Copies of disks are its caller's to hand on.
 */
int new_image_replace(struct new_image *image, const struct stat *former,
                      struct xr_error *err);

/* Removes it, unless it was committed. */
void new_image_abandon(struct new_image *image);

/*
 * Removes what checkpoints to path that were killed have left, and says how
 * many files that were.
 */
unsigned int new_image_clear(const char *path);

/*
 * Is there room for so many bytes where path will be written, and may files be
 * made there?  -ENOSPC says how much there is, -EFBIG how long a file may be.
 */
int new_image_check_folder(const char *path, uint64_t bytes,
                           struct xr_error *err);

#endif
