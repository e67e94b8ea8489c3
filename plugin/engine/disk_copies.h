/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which copies of disks this host's checkpoints have made, and for which image: a
 * file for each checkpoint, named by its id, in a folder that is root's alone.  An
 * image's record says the same, but is whatever somebody has put there: only what
 * stands here is ever removed or put back.
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
 * Whatever is killed, and whenever: a copy whose image is in place stays, one that
 * has none is found by the next sweep.  An image is in place under the name that it
 * had, or under any other one in the same folder; whoever moves one elsewhere
 * without us is told by doctor that it is not found, and nothing is dropped.
 */
#ifndef ENGINE_DISK_COPIES_H
#define ENGINE_DISK_COPIES_H

#include <stdbool.h>
#include <stddef.h>

#include "domain/disk_plan.h"
#include "engine/boot.h"
#include "engine/events.h"
#include "engine/file_mark.h"
#include "util/error.h"

/* One copy. */
struct disk_copy {
    char *dev, *target, *format, *driver, *copy;
};

enum copies_state {
    COPIES_NEW,   /* ID.new: the image has no name yet, as far as it was noted */
    COPIES_KEPT,  /* ID */
    COPIES_GONE,  /* ID.gone: the image is to be removed */
    COPIES_CLONES, /* no copies: disks that were made of them for a domain, whose
                    * uuid the id is (engine/disk_clones.h) */
};

/* Those of one checkpoint. */
struct disk_copies {
    char *id;             /* checkpoint.id */
    char *image;          /* where its image was, the last time that anybody looked */
    char *name, *uuid;    /* the guest's */
    struct file_mark file;   /* the image's */
    struct file_mark other;  /* that it may be meanwhile: copies_image_may_be */
    struct file_mark folder; /* that it stands in */
    struct disk_copy *items;
    size_t count;
    char *by;             /* of clones: "xl" or "libvirt", which runs the domain */
    char boot[BOOT_ROOM]; /* of clones: the host's, in which they were made */
    bool begun;           /* of clones: the domain may have had them */
    enum copies_state state;
    size_t length;        /* of what counts in their file */
    unsigned int limit;   /* seconds for a driver that drops one; 0: many */
    int lock;             /* of who is at work on them; -1 */
};

#define DISK_COPIES_NONE { .lock = -1 }

/*
 * Of a plan that keeps something; image: where it will be.  It is on the disk when
 * this returns, under a lock that this process and those that it forks hold, so that
 * no sweep takes them for left over.
 */
int copies_begin(const char *id, const char *image, const char *name,
                 const char *uuid, const struct disk_plan *plan,
                 struct disk_copies *out, struct xr_error *err);

/* fd: the file that gets the image's name.  Nothing is done where none are kept. */
int copies_keep(struct disk_copies *copies, int fd, struct xr_error *err);

/* Gives the lock up, too; after a failure the next sweep does the rest. */
int copies_end(struct disk_copies *copies, struct xr_error *err);

/* The same; if the image has its name all the same, they stay. */
void copies_give_up(struct disk_copies *copies, const struct events *events);

/*
 * In a process that was forked while these were locked, and that is to end what the
 * other one, which was killed, has begun: by what is there, as a sweep does.
 */
void copies_inherit(struct disk_copies *copies, const struct events *events);

/*
 * Those of a checkpoint by its id, under their lock; waits for whoever is at work on
 * them for some seconds.  -ENOENT: this host has made none, or none that have an
 * image.  -EBUSY, XR_REASON_LOCKED: somebody still is.
 */
int copies_find(const char *id, struct disk_copies *out, struct xr_error *err);

/*
 * The same for a question: changes nothing, and does not wait.  -ENOENT, too: what was
 * begun with them has not ended.
 */
int copies_peek(const char *id, struct disk_copies *out, struct xr_error *err);

/*
 * Those of the image in fd, under their lock: nothing (0, count 0) if its record
 * names no checkpoint whose copies are here, or if they belong to another file than
 * this one.  fd is read from its beginning, and stands anywhere afterwards.
 */
int copies_of_image(int fd, struct disk_copies *out, struct xr_error *err);

/*
 * The same of an image that is about to go (be removed or replaced).  Nothing, too, if
 * its file has other names, under which it will be there all the same.
 */
int copies_removal_begin(int fd, const char *path, struct disk_copies *out,
                         struct xr_error *err);
void copies_removal_end(struct disk_copies *copies, const struct events *events);
void copies_removal_undo(struct disk_copies *copies);

/*
 * The file in fd, which has the same record, is about to take the image's name: from
 * now on the image may be either of the two.  copies_image_is: it is that one.
 */
int copies_image_may_be(struct disk_copies *copies, int fd,
                        struct xr_error *err);
int copies_image_is(struct disk_copies *copies, int fd, struct xr_error *err);

/* All that nobody is at work on.  Says what it drops. */
void copies_sweep(const struct events *events);

/* Is told of copies whose image is not found, and why. */
typedef void copies_visit_stray(const struct disk_copies *copies,
                                const char *why, void *data);

/*
 * Drops nothing; passes over what somebody is at work on, and what the next sweep
 * drops.
 */
void copies_each_stray(copies_visit_stray *visit, void *data);

/*
 * Is told of each copy whose image is there and which its driver does not find, and
 * why.  In as many as can be asked in a minute.
 */
typedef void copies_visit_lost(const struct disk_copies *copies,
                               const struct disk_copy *copy, const char *why,
                               void *data);
void copies_each_lost(copies_visit_lost *visit, void *data);

/*
 * Drops those of a checkpoint because somebody says so.  -EPERM: its image is in
 * place.  -ENOENT, -EBUSY: as copies_find.
 */
int copies_drop_stray(const char *id, bool dry_run,
                      const struct events *events, struct xr_error *err);

/* Gives the lock up alone: what is known of them is as it was a moment ago. */
void copies_unlock(struct disk_copies *copies);

/* Gives the lock up. */
void copies_free(struct disk_copies *copies);

#define CLEANUP_COPIES __attribute__((cleanup(copies_free)))

#endif
