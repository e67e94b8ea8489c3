/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a checkpoint is to do with each disk of its guest.  The command makes
 * the plan, libxl-save-helper carries it out while the guest stands still;
 * they share it on the stages' page (domain/stage_page.h), as a list of record
 * keys:
 *
 *   disk.xvda.kind=file,disk.xvda.target=/srv/web.img,...
 *
 * which is what the record says (FORMAT.md, "The record").
 */
#ifndef DOMAIN_DISK_PLAN_H
#define DOMAIN_DISK_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "domain/disk_driver.h"
#include "domain/disk_facts.h"
#include "format/keylist.h"
#include "util/error.h"

struct store;

struct planned_disk {
    char *dev;          /* "xvda" */
    char *target;       /* a path, or, of a disk that is no file or device of this
                         * host's, whatever libxl calls it */
    char *format;       /* "raw", "qcow2", ...; never NULL */
    bool here;          /* the path is one of this host's */
    bool written;       /* by the guest */
    bool by_qemu;       /* QEMU serves it, and keeps some of it to itself */
    struct disk_facts facts; /* if it is here */
    bool is_timed;      /* facts.mtime is that of what belongs to the image: not
                         * while the guest runs, nor of what QEMU may write to
                         * when it ends */
    char *driver;       /* NULL: it is not kept */
    char *copy;         /* the same */
    char *folder;       /* where the copy takes room at once; NULL: nowhere */
    uint64_t bytes;     /* that it takes there */
    char *pool;         /* what the copy takes room of, that is no folder; NULL */
    uint64_t pool_bytes; /* of it */
    uint64_t pool_free; /* that it had when it was asked */
    char why_not[DISK_REASON_ROOM]; /* of one that is written and not kept */
};

struct disk_plan {
    struct planned_disk *items;
    size_t count;
};

/*
 * The guest's disks, in xenstore's order.  drivers: NULL: nothing is to be
 * kept, and nobody is asked.  *out is to be freed.
 */
int disk_plan_make(struct store *store, uint32_t domid,
                   const struct disk_drivers *drivers, struct disk_plan *out,
                   struct xr_error *err);

/* It is not kept after all; its why_not is the caller's to say. */
void planned_disk_give_up(struct planned_disk *disk);

/*
 * The same facts, read anew, of a guest that stands still: of the disks that
 * it writes to; nobody changes the others, and their servers may be gone.  A
 * disk that is not kept and cannot be looked at has a time that nobody knows.
 * Of a disk that is kept in a copy that is a file, the copy's time is told: it
 * is the one that the disk has when it was put back.
 */
int disk_plan_read_facts(struct disk_plan *plan, struct xr_error *err);

/*
 * While the guest runs: what it has written to files of which there will be
 * copies, and what this host still has in memory, is written to the disk.
 * Else it would be when the file system makes the copy, while the guest waits.
 * False: there are none.
 */
bool disk_plan_settle(const struct disk_plan *plan);

/*
 * Flushes what QEMU keeps to itself, and takes the copies, one after the
 * other.  The guest stands still.  The first failure ends it, and its reason
 * is disk-not-kept; copies that were taken, or begun, are for others to drop.
 */
int disk_plan_take(const struct disk_plan *plan,
                   const struct disk_drivers *drivers, struct xr_error *err);

/*
 * Does QEMU serve one that is to be kept?  Then it was stopped for a moment, and who
 * was killed may have left it so: disk_plan_wake has it go on, and says whether it
 * was.  Not for HVM guests, whose QEMU libxl stops.
 */
bool disk_plan_needs_qemu(const struct disk_plan *plan);
bool disk_plan_wake(const struct disk_plan *plan, uint32_t domid);

/*
 * The copies are on the disk: those that are files or devices of this host.
 * To be called when the guest goes on, before the image gets its name.
 */
int disk_plan_sync(const struct disk_plan *plan, struct xr_error *err);

/* How many there are that are written, and how many of these have a copy. */
size_t disk_plan_written(const struct disk_plan *plan);
size_t disk_plan_kept(const struct disk_plan *plan);

/*
 * The record's keys, of all disks.  Sizes and times are of a fixed length, so
 * that they can be set anew in a record that is written.  -E2BIG: more than
 * DISK_KEYS_MAX bytes of text, which a record has room for.
 */
enum { DISK_KEYS_MAX = 24000 };
int disk_plan_to_keys(const struct disk_plan *plan, struct keylist *out,
                      struct xr_error *err);

/* Of these keys those that are to be set anew: sizes and times. */
int disk_keys_of_instant(const struct keylist *keys, struct keylist *out,
                         struct xr_error *err);

void disk_plan_free(struct disk_plan *plan);

#define CLEANUP_DISK_PLAN __attribute__((cleanup(disk_plan_free)))

#endif
