/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * struct xr_events of the public API as a listener, which calls back now and
 * then instead of always.
 */
#ifndef LIB_EVENTS_H
#define LIB_EVENTS_H

#include <time.h>

#include <xenresumable.h>

#include "lib/listener.h"

/*
 * What we know of the caller's; events may be NULL.  -EINVAL: they want what
 * we do not know.
 */
int events_take(const struct xr_events *events, struct xr_events *out,
                struct xr_error *err);

/* Milliseconds until it is time to tell again; not above 0: it is. */
int events_pause(const struct timespec *told_at);

struct event_feed {
    struct listener listener;
    struct xr_events events;   /* what we know of the caller's */
    struct timespec told_at;
    uint64_t done;             /* what there is to tell */
    uint64_t total;
};

/*
 * events may be NULL.  Tells of the beginning.  -EINVAL: they want what we do
 * not know; -ECANCELED.  The feed must not move while it is listened with.
 */
int feed_begin(struct event_feed *feed, const struct xr_events *events,
               struct xr_error *err);

/* Tells of the end, if r is 0; r, or -ECANCELED. */
int feed_end(struct event_feed *feed, int r, struct xr_error *err);

#endif
