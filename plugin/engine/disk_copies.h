/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which copies of disks this host's checkpoints have made, and for which image: a file
 * for each checkpoint, named by its id, in a folder that is root's alone.  An image's
 * record says the same, but is whatever somebody has put there: only what stands here
 * is ever removed or put back.
 *
 *     copies_begin      before the guest is suspended: ID.new, on the disk
 *     copies_keep       the image is about to get its name: it has them now
 *     copies_end        the image has it: ID
 *     copies_give_up    there is no image: they are dropped
 *
 *     copies_removal_begin   an image is about to go: ID.gone
 *     copies_removal_end     it has gone: its copies are dropped
 *     copies_removal_undo    it stays
 *
 *     copies_sweep      what was killed in between is brought to its end
 *
 * Whatever is killed, and whenever: a copy whose image is in place stays, one that has
 * none is found by the next sweep.
 */
#ifndef ENGINE_DISK_COPIES_H
#define ENGINE_DISK_COPIES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "domain/disk_plan.h"
#include "engine/events.h"
#include "util/error.h"

/* Where they are noted; $XR_COPIES_DIR for trees that are not installed. */
#define COPIES_DIR LOCALSTATEDIR "/lib/xen-resumable/copies"

/* One copy. */
struct disk_copy {
    char *dev, *target, *format, *driver, *copy;
};

/* Those of one checkpoint. */
struct disk_copies {
    char *id;             /* checkpoint.id */
    char *image;          /* where its image was, the last time that anybody looked */
    char *name, *uuid;    /* the guest's */
    struct stat file;     /* of the image: st_dev and st_ino alone; 0: none yet */
    struct disk_copy *items;
    size_t count;
    int lock;             /* of who is at work on them; -1 */
};

#define DISK_COPIES_NONE { .lock = -1 }

/*
 * Of a plan that keeps something.  On the disk, under a lock that this process and
 * those that inherit it hold, so that no sweep takes them for left over.
 */
int copies_begin(const char *id, const char *image, const char *name,
                 const char *uuid, const struct disk_plan *plan,
                 struct disk_copies *out, struct xr_error *err);
int copies_keep(struct disk_copies *copies, const struct stat *image,
                struct xr_error *err);
int copies_end(struct disk_copies *copies, struct xr_error *err);
void copies_give_up(struct disk_copies *copies, const struct events *events);

/*
 * Those of a checkpoint by its id, under their lock.  -ENOENT: this host has made
 * none.  -EBUSY: somebody is at work on them.
 */
int copies_find(const char *id, struct disk_copies *out, struct xr_error *err);

/*
 * The image in fd, path, is about to go (be removed, replaced, or to get another
 * file).  *out has what belongs to it: nothing (0, count 0) if its record names no
 * checkpoint whose copies are here, or if they belong to another file than this one.
 */
int copies_removal_begin(int fd, const char *path, struct disk_copies *out,
                         struct xr_error *err);
void copies_removal_end(struct disk_copies *copies, const struct events *events);
void copies_removal_undo(struct disk_copies *copies);

/* The image is another file now, with the same record. */
int copies_image_is(struct disk_copies *copies, const char *path,
                    const struct stat *image, struct xr_error *err);

/* All that nobody is at work on.  Says what it drops. */
void copies_sweep(const struct events *events);

void copies_free(struct disk_copies *copies);

#define CLEANUP_COPIES __attribute__((cleanup(copies_free)))

#endif
