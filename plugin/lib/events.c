/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "lib/events.h"

#include <errno.h>
#include <string.h>

enum { PACE_MS = 100 };

static long long ms_between(const struct timespec *a, const struct timespec *b)
{
    return (b->tv_sec - a->tv_sec) * 1000LL
           + (b->tv_nsec - a->tv_nsec) / 1000000;
}

int events_pause(const struct timespec *told_at)
{
    struct timespec now;
    long long passed;

    clock_gettime(CLOCK_MONOTONIC, &now);
    passed = ms_between(told_at, &now);
    return passed < PACE_MS ? PACE_MS - (int)passed : 0;
}

static int tell_progress(void *data)
{
    struct event_feed *feed = data;
    const struct xr_events *events = &feed->events;

    return events->progress
           ? events->progress(events->data, feed->done, feed->total) : 0;
}

static int note_progress(void *data, uint64_t done, uint64_t total)
{
    struct event_feed *feed = data;
    feed->done = done;
    feed->total = total;
    if (events_pause(&feed->told_at) > 0)
        return 0;
    clock_gettime(CLOCK_MONOTONIC, &feed->told_at);
    return tell_progress(feed);
}

/* As the kernel takes a struct that may be older or newer than its own. */
static int copy_events(const struct xr_events *events, struct xr_events *out)
{
    const char *bytes = (const char *)events;
    size_t i, size = events->size;

    if (size < offsetof(struct xr_events, progress))
        return -EINVAL;
    for (i = sizeof(*out); i < size; i++)
        if (bytes[i])
            return -EINVAL;
    memcpy(out, events, size < sizeof(*out) ? size : sizeof(*out));
    return 0;
}

int events_take(const struct xr_events *events, struct xr_events *out,
                struct xr_error *err)
{
    *out = (struct xr_events){ .size = sizeof(*out) };
    if (events && copy_events(events, out))
        return error_because(err, XR_REASON_USAGE, EINVAL,
                             "struct xr_events of an unknown size: %zu",
                             events->size);
    return 0;
}

static int set_cancelled(struct xr_error *err)
{
    return error_set(err, ECANCELED, "stopped on request");
}

int feed_begin(struct event_feed *feed, const struct xr_events *events,
               struct xr_error *err)
{
    *feed = (struct event_feed){
        .listener = { .progress = note_progress,
                      .interrupted = tell_progress,
                      .data = feed },
    };
    if (events_take(events, &feed->events, err))
        return -EINVAL;
    clock_gettime(CLOCK_MONOTONIC, &feed->told_at);
    return tell_progress(feed) ? set_cancelled(err) : 0;
}

int feed_end(struct event_feed *feed, int r, struct xr_error *err)
{
    if (!r && tell_progress(feed))
        r = set_cancelled(err);
    return r;
}
