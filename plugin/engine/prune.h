/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Images of a series go by retention (engine/retention.h): of each guest's folder
 * those with a series' name, whose head can be read and names that guest.  All
 * else stays: files of other names, other guests' images, what is broken.
 *
 * The newest image that verifies stays, whatever the rules say; where none does,
 * nothing of that guest goes.  The oldest go first, each by itself: whoever is
 * killed has removed some of them, and the next one removes the others.
 */
#ifndef ENGINE_PRUNE_H
#define ENGINE_PRUNE_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/events.h"
#include "engine/image_list.h"
#include "engine/retention.h"

struct prune_options {
    const char *dir;
    struct retention retention; /* empty: only copies are dropped */
    char *const *drop_copies;   /* of checkpoints by their ids, whose images are
                                 * not found any more, and of domains by their
                                 * uuids; NULL at the end, or NULL */
    bool dry_run;
};

enum prune_fate {
    PRUNE_STAYS,    /* it was to be removed: why not is in error, if its turn
                     * has come at all */
    PRUNE_KEPT,
    PRUNE_REMOVED,  /* or, in a dry run, it would be */
};

struct pruned_image {
    const struct listed_image *image;
    struct retention_item item;
    bool newest_sound;      /* it stays for that, too */
    enum prune_fate fate;
    struct xr_error error;
};

struct pruning {
    struct image_list list; /* all candidates, by guest, the oldest first */
    struct pruned_image *images; /* one for each of them */
    size_t dropped;         /* checkpoints whose copies are */
    size_t disks_dropped;   /* domains whose disks are (engine/disk_clones.h) */
    struct xr_error first;  /* failure; code 0: none */
    char *blamed;           /* its guest; NULL: not known, or of none */
};

/*
 * Images that stay though they should go are told and do not end it:
 * pruning->first.  A failure: the folder cannot be read, another one prunes
 * (XR_REASON_LOCKED), or it was stopped (-ECANCELED); what has been removed by
 * then is in *out.  Always to be freed.
 */
int prune(const struct prune_options *options, const struct events *events,
          struct pruning *out, struct xr_error *err);

void pruning_free(struct pruning *pruning);

#endif
