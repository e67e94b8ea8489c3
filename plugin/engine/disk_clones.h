/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Disks that are made of an image's copies for one domain, which writes to them: a
 * clone is no copy, and goes with its domain, not with the image.  They are noted where
 * copies are (engine/disk_copies.h), in a file that is named by the domain's uuid, and
 * a struct disk_copies says which they are:
 *
 *     id, uuid    the domain's          copy     the clone, as its driver calls it
 *     name        the domain's          target   where it is
 *
 *     clones_plan        a driver is asked; nothing is changed
 *     clones_note        before there can be one
 *     clones_make
 *     clones_begin       from now on the domain may have them
 *     clones_leave       it has: it is for prune to see when it has them no more
 *     clones_give_up     it was never begun: they are dropped
 *
 * From clones_note on their file is locked, also in processes that are forked, and in
 * the toolstack, which is there for as long as the domain, and when it makes it anew
 * (restore_order.keep): while the guest reboots, there is no domain for some seconds.
 */
#ifndef ENGINE_DISK_CLONES_H
#define ENGINE_DISK_CLONES_H

#include <stdbool.h>
#include <stddef.h>

#include "domain/disk_driver.h"
#include "engine/disk_copies.h"
#include "engine/disk_room.h"
#include "engine/events.h"
#include "util/error.h"
#include "xen/connection.h"

/* A copy that a clone could be made of, as its driver is told. */
struct clone_source {
    const struct disk_copy *copy;
    const struct disk_drivers *drivers; /* with uuid */
    struct disk_rooms *rooms;  /* what room all of them take; NULL: nobody asks */
};

/* Texts are copied.  -EEXIST: a former domain with that uuid had some that are there. */
int clones_new(const char *uuid, const char *name, const char *image,
               const char *by, struct disk_copies *out, struct xr_error *err);

/* One more, if its driver can make it. */
int clones_plan(struct disk_copies *clones, const struct clone_source *source,
                struct xr_error *err);

int clones_note(struct disk_copies *clones, struct xr_error *err);

/* The one that was planned for that copy. */
int clones_make(const struct disk_copies *clones,
                const struct clone_source *source, struct xr_error *err);

int clones_begin(struct disk_copies *clones, struct xr_error *err);

/* Whoever has inherited their file keeps it locked.  What they are stays known. */
void clones_leave(struct disk_copies *clones);

/* What cannot be dropped is for the next prune. */
void clones_give_up(struct disk_copies *clones, const struct events *events);

/* --- later: engine/clones_use.c and engine/clones_sweep.c */

enum clones_use {
    CLONES_FREE,    /* nobody has them */
    CLONES_SPARED,  /* nobody has them now, but they may be wanted: they go if
                     * somebody says so */
    CLONES_USED,    /* a domain or this host has them, or is to have them */
};

enum { CLONES_WHY_ROOM = 240 };

/* By the facts, under their lock; why is set unless they are free. */
enum clones_use clones_look(const struct disk_copies *clones,
                            const struct connection *connection,
                            char why[CLONES_WHY_ROOM]);

/* The first of these questions, by the uuid alone. */
bool clones_have_domain(const char *uuid, const struct connection *connection,
                        char why[CLONES_WHY_ROOM]);

/* Is there a definition of a domain, running or not, that speaks of them? */
bool clones_are_defined(const struct disk_copies *clones,
                        char why[CLONES_WHY_ROOM]);

/* The toolstack has failed: are they nobody's? */
void clones_settle(struct disk_copies *clones, const struct events *events);

/*
 * All that are free are dropped, or, if dry, counted: how many domains they were of.
 * What is spared is told.  except: of these uuids nothing; NULL at the end, or NULL.
 */
size_t clones_sweep(bool dry, char *const *except,
                    const struct events *events);

/* Is told of what is free or spared. */
typedef void clones_visit(const struct disk_copies *clones,
                          enum clones_use use, const char *why, void *data);
void clones_each_idle(clones_visit *visit, void *data);

/*
 * Those of a domain by its uuid, because somebody says so.  -ENOENT: none are noted.
 * -EBUSY, XR_REASON_DISK_IN_USE: and by whom.
 */
int clones_drop(const char *uuid, bool dry, const struct events *events,
                struct xr_error *err);

#endif
