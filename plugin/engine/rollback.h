/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Back to an image, with the disks that belong to it:
 *
 *     rollback_new       the administrator's configuration
 *     rollback_options   what is wanted
 *     rollback_ask       image, copies, host, and the checkpoint of what is now:
 *                        all that can be asked beforehand
 *     rollback_run       that checkpoint; then the domain is destroyed, its disks
 *                        are put back, and it is restored
 *     rollback_free
 *
 * Up to the destruction nothing has happened to the domain.  After it the same
 * call goes on where this one was, whatever has failed, or was killed, and when.
 */
#ifndef ENGINE_ROLLBACK_H
#define ENGINE_ROLLBACK_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/events.h"
#include "engine/restore.h"

/* Texts are borrowed until rollback_free. */
struct rollback_options {
    const char *domain;        /* name or number; of one that is gone, its uuid, too */
    const char *image;         /* NULL: the newest sound one of its series; or that
                                * of the rollback that has not ended */
    bool no_safety;            /* what is now is given up */
    struct disk_names as_it_is; /* what these are is not put back */
    bool dry_run;              /* ask only */
    unsigned int watch;        /* seconds after it */
};

struct rollback;

/* The events are borrowed.  NULL: no memory. */
struct rollback *rollback_new(const struct events *events);
void rollback_free(struct rollback *rollback);
struct rollback_options *rollback_options(struct rollback *rollback);

/* But for a dry run, holds the domain's lock from here on. */
int rollback_ask(struct rollback *rollback, struct xr_error *err);

/* What was found, and what is going to be done.  Texts are the rollback's. */
struct rollback_plan {
    const char *domain;        /* NULL: not known */
    uint32_t domid;            /* 0: it is gone */
    const char *image;         /* NULL: none was found yet */
    const char *safety;        /* NULL: what is now is not kept */
    bool goes_on;              /* with one that has not ended */
    struct restore_plan restore;
};

/* After rollback_ask, also a failed one as far as it came. */
void rollback_describe(const struct rollback *rollback,
                       struct rollback_plan *out);

struct rollback_outcome {
    struct restore_outcome restore;
    const char *guest;         /* what became of it: "runs" as before, "restored", or
                                * "gone"; NULL: nobody knows */
    const char *next;          /* the command that goes on, for a shell; NULL: it
                                * has ended, or has never begun */
    const char *safety;        /* the image of what was before; NULL: none */
    double total_ms;
    double down_ms;            /* from the destruction until it was restored */
};

/* After rollback_ask, under the stub.  *out is set also on failure. */
int rollback_run(struct rollback *rollback, struct rollback_outcome *out,
                 struct xr_error *err);

#endif
