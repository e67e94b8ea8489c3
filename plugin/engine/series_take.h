/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Checkpoints of several guests, one after the other, into a series
 * (engine/series.h).  Each is a command of its own: whatever becomes of it,
 * even if it dies, the others come.
 */
#ifndef ENGINE_SERIES_TAKE_H
#define ENGINE_SERIES_TAKE_H

#include <stdbool.h>
#include <stddef.h>

#include <xenresumable.h>

#include "engine/events.h"

/* Sets the options that every checkpoint gets. */
typedef int series_set_options(const void *data, struct xr_options *options,
                               struct xr_error *err);

struct series_order {
    const char *dir;
    bool is_default_dir;   /* it is made if it is not there */
    bool all;              /* every guest that runs */
    char *const *domains;  /* or these; NULL at the end */
    bool shares;           /* blocks with the guest's newest flat image */
    bool dry_run;
    series_set_options *set_options;
    const void *data;      /* for that */
};

struct series_guest {
    char *name;
    char number[12];          /* a name that would be taken for a number: its domid */
    char *image;              /* the path; NULL: it did not come to that */
    struct xr_result *result; /* what the command told; NULL: it has failed */
    struct xr_error error;    /* why */
    const char *stage;        /* the last one that was told: a constant; or NULL */
};

struct series {
    struct series_guest *guests;
    size_t count;
};

/*
 * A guest's failure is told, is in the series, and ends nothing.  A failure:
 * the folder is not there, or guests cannot be listed.  After a stop the
 * guests that were left out have the error ECANCELED.  Always to be freed.
 */
int series_take(const struct series_order *order, const struct events *events,
                struct series *out, struct xr_error *err);

/* The first guest that has failed; NULL: none. */
const struct series_guest *series_failed(const struct series *series);

void series_free(struct series *series);

/*
 * Only for series_take.c: which guests; -ENODEV without a Xen.  One whose name
 * cannot be read has its number for a name, and an error already.
 */
int series_find_guests(const struct series_order *order, struct series *out,
                       struct xr_error *err);
int series_add_guest(struct series *series, char *name, struct xr_error *err);

#endif
