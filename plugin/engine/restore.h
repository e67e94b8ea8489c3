/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The counterpart of a checkpoint.  What would make it fail is found before a
 * domain is made, and the new domain is looked after for a moment.
 */
#ifndef ENGINE_RESTORE_H
#define ENGINE_RESTORE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/disk_copies.h"
#include "engine/disk_names.h"
#include "engine/events.h"
#include "format/container.h"
#include "lib/config_edit.h"
#include "lib/preflight.h"
#include "lib/verify.h"

/* What is done about disks that are not as they were. */
enum restore_disks {
    RESTORE_DISKS_UNSAID,      /* it is refused, as is a copy of the domain that
                                * would write the original's */
    RESTORE_DISKS_BACK,        /* the copies that belong to the image are put back */
    RESTORE_DISKS_COPIES,      /* the domain gets disks of its own, made of these */
    RESTORE_DISKS_AS_THEY_ARE, /* nothing: whatever is there is taken */
};

/* All texts are borrowed until restore_free. */
struct restore_options {
    const char *path;
    const char *config;        /* a file in the place of the image's; or NULL */
    const char *name;          /* NULL: that of the configuration */
    const char *uuid;          /* "new"; NULL: that of the configuration, but
                                * a new one under another name */
    struct config_edit edits[CONFIG_EDITS_MAX]; /* disks, bridges, MACs */
    size_t edit_count;
    enum restore_disks disks;
    struct disk_names as_it_is; /* these are taken as they are, whatever is done
                                 * about the others */
    bool goes_back;            /* it is a rollback's: hooks may put back what has no
                                * copies */
    bool are_ours;             /* which had begun to put the disks back */
    uint32_t except;           /* a domain that will have gone by then, with its
                                * name, disks and memory; 0: none */
    bool paused;
    bool dry_run;              /* ask only */
    unsigned int watch;        /* seconds after it */
};

struct restore;

/* As for engine/checkpoint.h. */
struct restore *restore_new(const struct events *events);
void restore_free(struct restore *restore);
struct restore_options *restore_options(struct restore *restore);

/* Is the image sound, and can this host run it?  Nothing is made. */
int restore_ask(struct restore *restore, struct xr_error *err);

struct restore_plan {
    const char *domain;             /* NULL: not known */
    enum container container;
    const struct preflight *checks; /* NULL: it did not come to that */
    const struct config_change *changes; /* of the configuration */
    size_t change_count;
    const struct disk_copies *back; /* which are put back; NULL: none */
    const struct disk_copies *clones; /* what is made for it; NULL: nothing */
    const struct disk_copies *origin; /* of these: the copies */
};

/* After restore_ask, also a failed one as far as it came. */
void restore_describe(const struct restore *restore,
                      struct restore_plan *out);

struct restore_outcome {
    bool made;                 /* the toolstack has made it, whatever failed then */
    uint32_t domid;
    enum seal_state seal;
    enum verdict_answer resumable;
    const char *reason;        /* of that; the restore's */
    double total_ms;
    double put_back_ms;        /* of these, for the disks */
};

/* After restore_ask.  Runs to its end: half a domain is of no use to anybody. */
int restore_run(struct restore *restore, struct restore_outcome *out,
                struct xr_error *err);

#endif
