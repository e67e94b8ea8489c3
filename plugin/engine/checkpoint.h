/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A checkpoint: an image of a guest that goes on running.
 *
 *     checkpoint_new       the administrator's configuration
 *     checkpoint_options   what is wanted, overruling that
 *     checkpoint_ask       all that can be asked beforehand
 *     checkpoint_take      the guest notices
 *     checkpoint_free
 */
#ifndef ENGINE_CHECKPOINT_H
#define ENGINE_CHECKPOINT_H

#include <stdbool.h>
#include <stdint.h>

#include "domain/disk_plan.h"
#include "domain/obstacle.h"
#include "engine/disk_names.h"
#include "engine/events.h"
#include "verdict/action.h"

enum {
    CHECKPOINT_KEEP_MAX = 1000,
    CHECKPOINT_FREEZE_MAX = 3600 * 1000, /* ms */
    CHECKPOINT_WATCH_MAX = 3600,         /* seconds */
};

/* Does the guest run while its memory is written? */
enum checkpoint_live {
    CHECKPOINT_LIVE_AUTO, /* if Xen can do that with this guest */
    CHECKPOINT_LIVE_YES,  /* or not at all */
    CHECKPOINT_LIVE_NO,
};

/* How the image is laid out in its file. */
enum checkpoint_layout {
    CHECKPOINT_FLAT,   /* FORMAT.md, "The flat layout"; only in a file */
    CHECKPOINT_STREAM, /* as libxl writes it */
};

/* Whose head the image gets. */
enum checkpoint_container {
    CHECKPOINT_CONTAINER_AUTO, /* libvirt's, if it is libvirt's guest; or xl's */
    CHECKPOINT_CONTAINER_XL,
};

/* What is kept of the guest's disks: a copy of each that it writes. */
enum checkpoint_disks {
    CHECKPOINT_DISKS_AUTO,    /* of those of which a driver can make one */
    CHECKPOINT_DISKS_NONE,
    CHECKPOINT_DISKS_REQUIRE, /* of all, or it is refused */
};

/* All texts are borrowed until checkpoint_free. */
struct checkpoint_options {
    const char *domain;        /* name or domid */
    const char *path;          /* "-": standard output */
    enum checkpoint_live live;
    struct policies policies;
    const char *hook_dir;      /* NULL: the default */
    const char *labels;        /* as the record has them; NULL: none */
    unsigned int max_freeze;   /* ms; 0: libxc's own rule */
    unsigned int keep;         /* former images */
    enum checkpoint_disks disks;
    struct disk_names not_needed; /* which need not be kept, whatever disks says */
    enum checkpoint_layout layout;
    enum checkpoint_container container;
    const char *parent;        /* of a flat image: "auto", "none", or a path */
    unsigned int watch;        /* seconds after it */
    bool force;                /* give up what is no image */
    bool verify;               /* also where nothing is given up for it; what cannot
                                * be judged is a failure */
    bool seal;                 /* one that is not flat, which always is */
    bool same_domid;           /* of a guest that is restored */
    bool dry_run;              /* ask only */
};

struct checkpoint;

/* The events are borrowed.  NULL: no memory. */
struct checkpoint *checkpoint_new(const struct events *events);
void checkpoint_free(struct checkpoint *checkpoint);

/* To be filled in before checkpoint_ask; as the configuration says. */
struct checkpoint_options *checkpoint_options(struct checkpoint *checkpoint);

/*
 * The domain's lock is the caller's already, before checkpoint_ask: it stays his,
 * whatever becomes of the checkpoint.  If this process is killed the guardian
 * gives it up.
 */
struct lock;
void checkpoint_lend_lock(struct checkpoint *checkpoint,
                          const struct lock *lock);

/*
 * Asks everything that can be asked before the guest notices anything, and,
 * but for a dry run, holds the domain's lock from here on.
 */
int checkpoint_ask(struct checkpoint *checkpoint, struct xr_error *err);

/* What was found, and what is going to be done.  Texts are the checkpoint's. */
struct checkpoint_plan {
    const char *domain;
    uint32_t domid;
    enum verdict_answer resumable;
    const char *reason;        /* of that answer */
    enum policy policy;        /* what becomes of this guest */
    const char *path;          /* symbolic links followed */
    const char *container;     /* "xl" or "libvirt": who takes the image */
    uint64_t bytes;            /* about */
    bool live;
    const struct obstacles *obstacles; /* none that says no */
    const struct disk_plan *disks;
    const char *waiting_for;   /* who has the domain's lock; NULL: nobody */
    unsigned int lock_timeout; /* seconds */
};

/* After checkpoint_ask, also a failed one as far as it came (NULL, 0). */
void checkpoint_describe(struct checkpoint *checkpoint,
                         struct checkpoint_plan *out);

/* The texts are the checkpoint's. */
struct checkpoint_outcome {
    uint64_t bytes;
    bool flat;
    const char *parent;        /* NULL: there is none */
    uint64_t pages_changed;    /* of a flat image: written, though there was a
                                * parent */
    uint64_t bytes_written;
    uint64_t bytes_shared;     /* with the parent */
    unsigned int rounds;       /* of a live save, before the suspend */
    double freeze_ms;          /* from the end of the suspend to the resume */
    double total_ms;
    bool sealed;
    bool restored;             /* it goes on in a new domain */
    uint32_t domid;            /* in which it goes on */
    const char *guest;         /* what became of it, as hooks are told: "runs",
                                * "suspended", ...; NULL: nobody looked */
};

/*
 * Runs under the stub.  0: there is an image, and the guest goes on (or is
 * held, if that was wanted).  After a failure the guest goes on as if nothing
 * had happened, or it was said what became of it; there is no new image, and
 * the former one is as it was, but for failures of the guest itself and of a
 * hook over an image that is complete.
 */
int checkpoint_take(struct checkpoint *checkpoint,
                    struct checkpoint_outcome *out, struct xr_error *err);

#endif
