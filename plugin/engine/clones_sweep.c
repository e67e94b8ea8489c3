/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Disks that were made for a domain go when it has gone, by the facts.
 */
#include "config.h"

#include "engine/disk_clones.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "domain/clone_mark.h"
#include "domain/lock.h"
#include "engine/copies_ledger.h"
#include "util/cleanup.h"
#include "util/clock.h"

enum {
    /* The toolstack of a domain that has just been destroyed is about to end. */
    PATIENCE_MS = 10 * 1000,
    PAUSE_NS = 100 * 1000 * 1000,
};

struct clones_walk {
    const struct events *events;
    const struct connection *connection;
    bool dry;
    char *const *except;
    size_t dropped;
    clones_visit *visit;
    void *data;
};

static bool drop_clones(struct disk_copies *c, const struct events *events)
{
    if (!copies_drop(c, events))
        return false;
    clone_mark_remove(c->id);
    return true;
}

static int take_clones_of(const char *uuid, const struct connection *connection,
                          bool waits, struct disk_copies *out,
                          struct xr_error *err)
{
    const struct timespec pause = { .tv_nsec = PAUSE_NS };
    uint64_t until = clock_ms() + (waits ? PATIENCE_MS : 0);
    char why[CLONES_WHY_ROOM];
    int r = ledger_take(uuid, COPIES_CLONES, out, err);

    while (r == -EBUSY && clock_ms() < until
           && !clones_have_domain(uuid, connection, why)) {
        nanosleep(&pause, NULL);
        r = ledger_take(uuid, COPIES_CLONES, out, err);
    }
    return r;
}

/* Under the domain's lock: meanwhile nobody makes it anew. */
static enum clones_use drop_unused(struct disk_copies *c,
                                   const struct clones_walk *w, bool spared,
                                   bool *dropped_out, char why[CLONES_WHY_ROOM])
{
    const struct lock_wish wish = {
        .uuid = c->uuid, .domid = LOCK_NO_DOMID, .intent = INTENT_PRUNE,
    };
    struct lock lock = LOCK_NONE;
    enum clones_use use;
    struct xr_error err;

    *dropped_out = false;
    if (!w->dry && lock_take(&wish, &lock, &err)) {
        snprintf(why, CLONES_WHY_ROOM, "%s", err.message);
        return CLONES_USED;
    }
    use = clones_look(c, w->connection, why);
    if (use == CLONES_FREE || (use == CLONES_SPARED && spared))
        *dropped_out = w->dry || drop_clones(c, w->events);
    lock_release(&lock);
    return use;
}

void clones_settle(struct disk_copies *c, const struct events *events)
{
    CLEANUP_CONNECTION struct connection connection = { 0 };
    char why[CLONES_WHY_ROOM];

    if (c->lock >= 0 && !connection_open(&connection, NULL)
        && clones_look(c, &connection, why) == CLONES_FREE)
        (void)drop_clones(c, events);
    clones_leave(c);
}

/* --- all of them */

static bool is_excepted(char *const *except, const char *uuid)
{
    for (; except && *except; except++)
        if (!strcmp(*except, uuid))
            return true;
    return false;
}

static void sweep_clones_of(const char *id, enum copies_state state,
                            void *data)
{
    CLEANUP_COPIES struct disk_copies c = DISK_COPIES_NONE;
    struct clones_walk *w = data;
    char why[CLONES_WHY_ROOM];
    bool dropped = false;
    enum clones_use use;

    if (state != COPIES_CLONES || is_excepted(w->except, id)
        || take_clones_of(id, w->connection, !w->dry, &c, NULL))
        return;
    use = drop_unused(&c, w, false, &dropped, why);
    w->dropped += dropped;
    if (use == CLONES_SPARED)
        events_say(w->events, MESSAGE_WARNING, "%s: its disks, which were made "
                   "for it, stay: %s; xen-resumable prune --drop-copies=%s "
                   "removes them", c.name, why, c.id);
}

size_t clones_sweep(bool dry, char *const *except,
                    const struct events *events)
{
    CLEANUP_CONNECTION struct connection connection = { 0 };
    struct clones_walk w = {
        .events = events, .connection = &connection, .dry = dry,
        .except = except,
    };

    if (!connection_open(&connection, NULL))
        (void)ledger_each(sweep_clones_of, &w, NULL);
    return w.dropped;
}

static void show_clones_of(const char *id, enum copies_state state, void *data)
{
    CLEANUP_COPIES struct disk_copies c = DISK_COPIES_NONE;
    const struct clones_walk *w = data;
    char why[CLONES_WHY_ROOM];
    enum clones_use use;

    if (state != COPIES_CLONES || ledger_take(id, state, &c, NULL))
        return;
    use = clones_look(&c, w->connection, why);
    if (use != CLONES_USED)
        w->visit(&c, use, why, w->data);
}

void clones_each_idle(clones_visit *visit, void *data)
{
    CLEANUP_CONNECTION struct connection connection = { 0 };
    struct clones_walk w = {
        .connection = &connection, .visit = visit, .data = data,
    };

    if (!connection_open(&connection, NULL))
        (void)ledger_each(show_clones_of, &w, NULL);
}

static int refuse_used_clones(const char *whose, const char *why,
                              struct xr_error *err)
{
    return error_because(err, XR_REASON_DISK_IN_USE, EBUSY, "the disks that "
                         "were made for %.60s are in use: %s", whose, why);
}

int clones_drop(const char *uuid, bool dry, const struct events *events,
                struct xr_error *err)
{
    CLEANUP_CONNECTION struct connection connection = { 0 };
    CLEANUP_COPIES struct disk_copies c = DISK_COPIES_NONE;
    const struct clones_walk w = {
        .events = events, .connection = &connection, .dry = dry,
    };
    char why[CLONES_WHY_ROOM];
    bool dropped;
    int r = ledger_id_is_valid(uuid)
            ? ledger_take(uuid, COPIES_CLONES, &c, err) : -ENOENT;

    if (r == -ENOENT || r == -ENODATA)
        return r == -ENODATA ? 0 : r;
    copies_free(&c);
    r = connection_open(&connection, err);
    if (!r)
        r = take_clones_of(uuid, &connection, true, &c, err);
    if (r == -EBUSY && clones_have_domain(uuid, &connection, why))
        return refuse_used_clones(uuid, why, err);
    if (r)
        return r;
    if (drop_unused(&c, &w, true, &dropped, why) == CLONES_USED)
        return refuse_used_clones(c.name, why, err);
    return dropped
           ? 0 : error_set(err, EIO, "not all of the disks could be removed");
}
