/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who keeps copies of disks: an executable for each kind of disk, in a folder
 * of its own (man 7 xen-resumable-disks has the contract).  "file", "lvm-thin"
 * and "lvm" are shipped; a site adds its own.
 *
 * They are run as hooks are (domain/program.h): as root, in a process group of
 * their own, with an environment that has nothing of the toolstack's.  What one
 * says on standard error is its reason.
 */
#ifndef DOMAIN_DISK_DRIVER_H
#define DOMAIN_DISK_DRIVER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "util/error.h"

enum {
    DISK_DRIVER_NAME_MAX = 64,
    DISK_COPY_NAME_MAX = 4095,
    DISK_POOL_NAME_MAX = 255,
    DISK_REASON_ROOM = 240,
};

/* What all of them are run with.  The texts are borrowed. */
struct disk_drivers {
    const char *dir;           /* NULL: $XR_DISK_DRIVERS, or the installed one */
    const char *lvm_snapshot_size; /* NULL: none is set */
    bool required;             /* --disks=require: every disk is to be kept, also
                                * by a copy that takes its time while the guest
                                * stands still (XR_WANTED) */
    unsigned int limit;        /* seconds for each; 0: none */
    uint32_t domid;            /* of the guest; 0: there is none */
    const char *name;          /* its name, or NULL */
    const char *checkpoint;    /* checkpoint.id, a uuid */
    const char *uuid;          /* of the domain that is to get disks of its own;
                                * NULL: none is */
    _Atomic int32_t *running;  /* as in domain/scripts.h; may be NULL */
};

/* A disk, as drivers are told of it. */
struct driver_disk {
    const char *dev;           /* "xvda" */
    const char *target;        /* an absolute path */
    const char *format;        /* "raw", "qcow2", ... */
};

/* What a driver says of a disk that it takes. */
struct driver_answer {
    char driver[DISK_DRIVER_NAME_MAX];
    char *copy;                /* how it will name the copy; to be freed */
    char *disk;                /* where that will be, of a disk of its own */
    char *folder;              /* where it takes room at once; NULL: nowhere
                                * that can be asked */
    char *pool;                /* or what it takes room of, by its name on this
                                * host, such as "volume group vg0"; NULL */
    uint64_t bytes;            /* that it takes there at once */
    uint64_t pool_free;        /* that the pool has, as the driver says */
    uint64_t at_most;          /* that it may come to take of the pool; 0: not
                                * more than bytes */
    char why_not[DISK_REASON_ROOM]; /* if none takes it: what the likeliest of
                                     * them says; "" else */
};

/*
 * Asks one after the other, in the order of their names.  -ENOENT: none takes
 * it, and why_not says why: one that fails does not take it, either.  The guest
 * may run.  *out is to be freed, whatever is returned.
 */
int disk_driver_probe(const struct disk_drivers *drivers,
                      const struct driver_disk *disk,
                      struct driver_answer *out, struct xr_error *err);

/*
 * Makes the copy, of a guest that stands still.  After a failure it may be
 * there in part: disk_driver_drop.  Here and below: -ENOENT: there is no such
 * driver; -EACCES: others than root can write to it; -EIO: it says no.
 */
int disk_driver_take(const struct disk_drivers *drivers, const char *driver,
                     const struct driver_disk *disk, const char *copy,
                     struct xr_error *err);

/*
 * Could the copy be put back now?  -EIO with the driver's reason if not.
 * Nothing is changed.  Of *out, which is to be freed, whatever is returned, folder or
 * pool and the numbers say what room that takes.
 */
int disk_driver_check(const struct disk_drivers *drivers, const char *driver,
                      const struct driver_disk *disk, const char *copy,
                      struct driver_answer *out, struct xr_error *err);

/*
 * The disk, which nobody has open, gets the copy's contents, and, if it is a
 * file, its time of last change.  The copy stays.  What was killed can be done
 * again.
 */
int disk_driver_put_back(const struct disk_drivers *drivers,
                         const char *driver, const struct driver_disk *disk,
                         const char *copy, struct xr_error *err);

/*
 * Could a disk of its own be made of the copy now, for drivers->uuid?  What it will be
 * called, for disk_driver_drop, and where it will be, are out->copy and out->disk.
 * Nothing is changed.  *out is to be freed, whatever is returned.
 */
int disk_driver_ask_clone(const struct disk_drivers *drivers,
                        const char *driver, const struct driver_disk *disk,
                        const char *copy, struct driver_answer *out,
                        struct xr_error *err);

/*
 * Makes it, with the copy's contents, to be written to: under the name that was given
 * then.  After a failure it may be there in part: disk_driver_drop.
 */
int disk_driver_clone(const struct disk_drivers *drivers,
                         const char *driver, const struct driver_disk *disk,
                         const char *copy, const char *name,
                         struct xr_error *err);

/*
 * Is the copy there, and what it was?  -ESTALE: it is lost, and why; any other failure:
 * nobody can tell, as with a driver that does not know the question.
 */
int disk_driver_find(const struct disk_drivers *drivers, const char *driver,
                     const char *copy, struct xr_error *err);

/* Removes the copy, or what was made of one; that it is gone already is a success. */
int disk_driver_drop(const struct disk_drivers *drivers, const char *driver,
                     const char *copy, struct xr_error *err);

void driver_answer_free(struct driver_answer *answer);

#endif
