/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "hook/door_lock.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "hook/report.h"

struct entry {
    struct entry *next;
    char uuid[LOCK_NAME_ROOM];
    uint32_t domid;
    struct lock lock;
    bool in_call; /* between enter and leave */
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct entry *entries;

static struct entry **entry_find(const char *uuid)
{
    struct entry **e = &entries;

    while (*e && strcmp((*e)->uuid, uuid))
        e = &(*e)->next;
    return e;
}

static void entry_drop(struct entry **e)
{
    struct entry *entry = *e;

    *e = entry->next;
    lock_release(&entry->lock);
    free(entry);
}

/* Of a domain that has gone nobody tells us, if another program destroyed it. */
static void drop_the_gone(xc_interface *xch)
{
    struct entry **e = &entries;
    struct domain domain;

    while (*e) {
        int r = domain_read(xch, (*e)->domid, &domain, NULL);

        if (!(*e)->in_call
            && (r == -ENOENT || (!r && strcmp(domain.uuid, (*e)->uuid))))
            entry_drop(e);
        else
            e = &(*e)->next;
    }
}

/* -EBUSY if a call for the domain is under way in this very process. */
static int entry_reserve(xc_interface *xch, const struct domain *domain,
                         struct entry **out)
{
    struct entry *entry;
    int r = 0;

    pthread_mutex_lock(&mutex);
    drop_the_gone(xch);
    entry = *entry_find(domain->uuid);
    if (entry && entry->in_call) {
        r = -EBUSY;
    } else if (!entry) {
        entry = calloc(1, sizeof(*entry));
        r = entry ? 0 : -ENOMEM;
        if (entry) {
            *entry = (struct entry){
                .next = entries,
                .domid = domain->domid,
                .lock = LOCK_NONE,
            };
            strcpy(entry->uuid, domain->uuid);
            entries = entry;
        }
    }
    if (!r) {
        entry->in_call = true;
        entry->domid = domain->domid; /* it may have been restored since */
    }
    pthread_mutex_unlock(&mutex);
    *out = entry;
    return r;
}

static void say_door_waits(const char *for_whom, const void *data)
{
    report("domain %u: waiting for %s", *(const uint32_t *)data, for_whom);
}

static int entry_take_lock(struct entry *entry, enum intent intent,
                           unsigned int timeout)
{
    struct lock_wish wish = {
        .uuid = entry->uuid,
        .domid = entry->domid,
        .intent = intent,
        .timeout = timeout,
        .on_wait = say_door_waits,
        .data = &entry->domid,
    };
    struct xr_error err;
    int r;

    /* A former save that was never ended is over now. */
    lock_release(&entry->lock);
    r = lock_take(&wish, &entry->lock, &err);
    if (r == -EBUSY)
        report("domain %u is not saved: %s", entry->domid, err.message);
    else if (r)
        warn_domain(entry->domid, &err, "saved without a lock");
    return r;
}

int door_lock_enter(xc_interface *xch, const struct domain *domain,
                    enum intent intent, const struct config *config)
{
    struct entry *entry;
    int r = entry_reserve(xch, domain, &entry);

    if (r == -EBUSY)
        report("domain %u is not saved: this program is already saving it",
               domain->domid);
    if (r)
        return r == -EBUSY ? r : 0;
    if (entry->lock.fd < 0 && lock_look(domain->uuid, NULL) == LOCK_OURS)
        r = -EALREADY;
    else
        r = entry_take_lock(entry, intent, config->lock_timeout);
    if (r)
        door_lock_leave(domain, false);
    return r == -EBUSY ? r : 0;
}

int door_lock_find(uint32_t domid, struct domain *out)
{
    xc_interface *xch = xc_interface_open(NULL, NULL, 0);
    int r = xch ? domain_read(xch, domid, out, NULL) : -errno;

    if (xch)
        xc_interface_close(xch);
    return r;
}

int door_lock_begin(const struct domain *domain, enum intent intent,
                    const struct config *config)
{
    xc_interface *xch = xc_interface_open(NULL, NULL, 0);
    int r;

    if (!xch)
        return 0;
    /* As a child of exec.  libxl-save-helper's parent keeps what it has. */
    (void)lock_inherit(domain->uuid, intent, NULL);
    r = door_lock_enter(xch, domain, intent, config);
    xc_interface_close(xch);
    return r;
}

void door_lock_leave(const struct domain *domain, bool keep)
{
    struct entry **e;

    pthread_mutex_lock(&mutex);
    e = entry_find(domain->uuid);
    if (*e) {
        (*e)->in_call = false;
        if (!keep)
            entry_drop(e);
    }
    pthread_mutex_unlock(&mutex);
}

void door_lock_end(const struct domain *domain)
{
    struct entry **e;

    pthread_mutex_lock(&mutex);
    e = entry_find(domain->uuid);
    if (*e && !(*e)->in_call)
        entry_drop(e);
    pthread_mutex_unlock(&mutex);
}

void door_lock_note(const struct domain *domain, enum lock_state state)
{
    struct xr_error err;
    int r = lock_set_state(domain->uuid, state, &err);

    /* It was held, and nobody has had the lock since. */
    if (r == -EPERM && state == LOCK_RUNNING)
        lock_forget(domain->uuid);
    if (r && r != -ENOENT && r != -EPERM)
        warn_domain(domain->domid, &err, "its lock is not up to date");
}

bool door_lock_allows_resume(const struct domain *domain)
{
    struct lock_record record;
    char text[LOCK_TEXT_ROOM];

    if (lock_look(domain->uuid, &record) != LOCK_OTHERS
        || !lock_is_busy(domain->uuid, domain->domid, text))
        return true;
    report("domain %u is not resumed: it is locked by %s",
           domain->domid, text);
    return false;
}

void door_lock_hold(const struct domain *domain)
{
    const struct lock_wish wish = {
        .uuid = domain->uuid,
        .domid = domain->domid,
    };
    struct lock lock = LOCK_NONE;

    if (lock_look(domain->uuid, NULL) == LOCK_FREE)
        lock_take(&wish, &lock, NULL);
    door_lock_note(domain, LOCK_HELD);
    lock_release(&lock);
}
