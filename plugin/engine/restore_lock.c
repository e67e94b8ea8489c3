/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Two ways back at once would write the same disks, or the second would start a
 * guest on disks that the first one is about to write: who makes a domain of an
 * image, or puts disks back, has the lock of their domain meanwhile.  A process
 * that is forked meanwhile has it, too.
 */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "engine/restore_state.h"
#include "lib/config_edit.h"
#include "util/cleanup.h"
#include "xen/domain.h"

static void say_restore_waits(const char *for_whom, const void *data)
{
    const struct restore *r = data;

    events_say(r->events, MESSAGE_INFO, "%s: waiting for %s", r->domain.name,
               for_whom);
}

static bool restore_is_to_stop(const void *data)
{
    const struct restore *r = data;

    return events_progress(r->events, 0, 0);
}

/* The domain that has that uuid; 0: there is none. */
static int find_by_uuid(const char *uuid, uint32_t *out, struct xr_error *err)
{
    CLEANUP_CONNECTION struct connection connection = { 0 };
    CLEANUP_FREE struct domain *domains = NULL;
    size_t count = 0, i;
    int status = connection_open(&connection, err);

    *out = 0;
    if (!status)
        status = domain_list(connection.xch, &domains, &count, err);
    for (i = 0; !status && i < count; i++)
        if (!domains[i].dying && !strcasecmp(domains[i].uuid, uuid))
            *out = domains[i].domid;
    return status;
}

/* What was said of it by who has it now is not lost: the lock is of that domain. */
static int take_one(const struct restore *r, const char *uuid,
                    struct lock *out, struct xr_error *err)
{
    char name[LOCK_NAME_ROOM];
    struct lock_wish wish = {
        .uuid = name,
        .intent = INTENT_RESTORE,
        .timeout = r->config.lock_timeout,
        .on_wait = say_restore_waits,
        .wants_stop = restore_is_to_stop,
        .data = r,
    };
    int status;

    if (!uuid || !config_is_uuid(uuid))
        return 0;
    config_lower_uuid(uuid, name);
    status = find_by_uuid(name, &wish.domid, err);
    if (!status)
        status = lock_take(&wish, out, err);
    if (status == -EBUSY)
        err->reason = XR_REASON_LOCKED;
    return status;
}

/* Whose disks are to be put back must have none, under whatever name. */
static int refuse_whose_is_there(const struct restore *r, struct xr_error *err)
{
    uint32_t domid;
    int status = find_by_uuid(r->copies.uuid, &domid, err);

    if (status || !domid)
        return status;
    return error_because(err, XR_REASON_DISK_IN_USE, EBUSY, "domain %u is the "
                         "one whose disks are to be put back", domid);
}

int restore_take_locks(const struct restore *r, struct restore_locks *out,
                       struct xr_error *err)
{
    const char *whose = r->options.disks == RESTORE_DISKS_BACK
                        && r->copies.count ? r->copies.uuid : NULL;
    const char *uuid = r->domain.uuid;
    int status;

    *out = (struct restore_locks)RESTORE_LOCKS_NONE;
    if (whose && uuid && !strcasecmp(whose, uuid))
        uuid = NULL;
    status = take_one(r, whose, &out->disks, err);
    if (!status)
        status = take_one(r, uuid, &out->domain, err);
    if (!status && whose)
        status = refuse_whose_is_there(r, err);
    if (status)
        restore_release_locks(out);
    return status;
}

static void adopt_one(struct lock *lock)
{
    if (lock->fd >= 0)
        (void)lock_adopt(lock, NULL);
}

void restore_adopt_locks(struct restore_locks *locks)
{
    adopt_one(&locks->domain);
    adopt_one(&locks->disks);
}

void restore_release_locks(struct restore_locks *locks)
{
    lock_release(&locks->domain);
    lock_release(&locks->disks);
}
