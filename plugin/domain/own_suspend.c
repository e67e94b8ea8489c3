/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whoever suspends a guest writes "suspend" to its node control/shutdown, and
 * the guest empties the node before it obeys.  So a suspend of somebody else's
 * takes two changes of that node, of which one at most is still ours.
 */
#include "config.h"

#include "domain/own_suspend.h"

#include <string.h>
#include <time.h>

#include "domain/savers.h"
#include "util/cleanup.h"
#include "xen/domain.h"
#include "xen/store.h"

enum { POLLS_PER_SECOND = 10 };

static const char node[] = "control/shutdown";

struct waiting {
    xc_interface *xch;
    const struct lock *lock;
    struct store *store;
    unsigned int changes; /* of the node, so far */
    unsigned int ours;    /* of these are ours at most */
};

static bool locked_domain_is_suspended(const struct waiting *w)
{
    struct domain d;

    return !domain_read(w->xch, w->lock->record.domid, &d, NULL)
           && !strcmp(d.uuid, w->lock->name) && domain_is_suspended(&d);
}

/* The watch fires once when it is set; a request of ours may be pending. */
static bool waiting_begin(struct waiting *w)
{
    CLEANUP_FREE char *value = NULL;
    uint32_t domid = w->lock->record.domid;
    struct saver other;

    if (savers_find(domid, &other))
        return false;
    w->store = store_open();
    if (!w->store || store_watch_domain(w->store, domid, node, NULL))
        return false;
    value = store_read_domain(w->store, domid, node);
    w->ours = value && *value ? 2 : 1;
    return true;
}

/* What was read before comes behind what has happened before. */
static bool is_asked_by_others(struct waiting *w)
{
    CLEANUP_FREE char *value =
        store_read_domain(w->store, w->lock->record.domid, node);

    while (store_watch_fired(w->store))
        w->changes++;
    return w->changes > w->ours;
}

bool own_suspend_wait(const struct lock *lock, xc_interface *xch,
                      unsigned int seconds)
{
    const struct timespec pause = { .tv_nsec = 1000000000 / POLLS_PER_SECOND };
    enum lock_state state = lock_state(lock->name);
    CLEANUP_STORE struct store *store = NULL;
    unsigned int polls = seconds * POLLS_PER_SECOND;
    struct waiting w = { .xch = xch, .lock = lock };
    bool suspended;

    if (state == LOCK_SUSPENDED)
        return locked_domain_is_suspended(&w);
    if (state != LOCK_ASKED)
        return false;
    suspended = waiting_begin(&w);
    store = w.store;
    if (!suspended)
        return false;
    do {
        suspended = locked_domain_is_suspended(&w);
        if (is_asked_by_others(&w))
            return false;
        if (!suspended)
            nanosleep(&pause, NULL);
    } while (!suspended && polls--);
    return suspended;
}
