/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "hook/callbacks.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include <libxl.h>

#include "hook/deaths.h"
#include "hook/door_lock.h"
#include "hook/report.h"
#include "hook/settings.h"
#include "xen/domain.h"

/*
 * What a toolstack has registered.  libxl keeps the address of the hooks and
 * nobody says when it is done with it, so this stays; it changes only when libxl
 * is not to be used at the same time, which is libxl's own rule.
 */
struct registered {
    struct registered *next;
    struct libxl__ctx *ctx;
    bool active;
    libxl_event_hooks hooks; /* ours */
    libxl_event_hooks theirs;
    void *user;
    struct libxl_functions libxl;
};

static struct {
    pthread_mutex_t lock;
    struct registered *first;
} all = { .lock = PTHREAD_MUTEX_INITIALIZER };

static struct registered *find_registered(const struct libxl__ctx *ctx)
{
    struct registered *r = all.first;

    while (r && r->ctx != ctx)
        r = r->next;
    return r;
}

bool callbacks_hear(const struct libxl__ctx *ctx)
{
    const struct registered *r;
    bool hear;

    pthread_mutex_lock(&all.lock);
    r = find_registered(ctx);
    hear = r && r->active;
    pthread_mutex_unlock(&all.lock);
    return hear;
}

static void report_event(uint32_t domid)
{
    CLEANUP_SETTINGS struct settings settings = SETTINGS_NONE;

    settings_read(&settings);
    report_done(&settings.config,
                "domain %u has suspended; %s will hear of its end", domid,
                program_invocation_short_name);
}

/* libxl frees it as one of its own. */
static struct libxl_event *end_of(const struct domain *domain, uint64_t user)
{
    struct libxl_event *event = calloc(1, sizeof(*event));

    if (!event)
        return NULL;
    event->type = LIBXL_EVENT_TYPE_DOMAIN_SHUTDOWN;
    event->domid = domain->domid;
    event->for_user = user;
    event->u.domain_shutdown.shutdown_reason =
        (uint8_t)domain->shutdown_reason;
    return event;
}

static void hand_on_event(const struct registered *r,
                          struct libxl_event *event)
{
    r->theirs.event_occurs(r->user, event);
}

/*
 * Between libxl's look at the domain and the new death event it may have gone
 * on and ended, and another thread have taken xenstore's word of it for the
 * spent event's.  libxl looks no more; so it is looked here.
 */
static void look_for_end(const struct registered *r, uint32_t domid,
                         uint64_t user)
{
    struct libxl_event *event;
    struct domain now;

    if (door_lock_find(domid, &now) || now.dying || !now.shutdown
        || domain_is_suspended(&now))
        return;
    event = end_of(&now, user);
    if (!event)
        report("warning: domain %u has ended, but %s cannot be told: out of "
               "memory", domid, program_invocation_short_name);
    else if (death_hear(&r->libxl, r->ctx, event).first)
        hand_on_event(r, event);
    else
        r->libxl.event_free(r->ctx, event);
}

/* libxl calls this without a lock of its own, and allows to be called. */
static void event_occurs(void *user, struct libxl_event *event)
{
    const struct registered *r = user;
    uint32_t domid = event->domid;
    uint64_t for_user = event->for_user;
    struct death_news news;
    int saved = errno;

    news = death_hear(&r->libxl, r->ctx, event);
    if (news.waits && news.first)
        report_event(domid);
    errno = saved;
    if (news.first)
        hand_on_event(r, event);
    else
        r->libxl.event_free(r->ctx, event);
    if (news.waits)
        look_for_end(r, domid, for_user);
    errno = saved;
}

static void hand_on_disaster(void *user, libxl_event_type type,
                             const char *message, int errnoval)
{
    const struct registered *r = user;

    r->theirs.disaster(r->user, type, message, errnoval);
}

static bool want_shutdowns(const libxl_event_hooks *hooks)
{
    return hooks && hooks->event_occurs
           && hooks->event_occurs_mask
                  & (1UL << LIBXL_EVENT_TYPE_DOMAIN_SHUTDOWN);
}

static bool has_death_functions(const struct libxl_functions *libxl)
{
    return libxl->death_enable && libxl->death_disable && libxl->event_free;
}

/* The one of the ctx, or a new one; NULL: none is wanted, or can be had. */
static struct registered *note_ctx(const struct libxl_functions *libxl,
                                   struct libxl__ctx *ctx,
                                   const libxl_event_hooks *hooks, void *user)
{
    bool wanted = want_shutdowns(hooks) && has_death_functions(libxl);
    struct registered *r = find_registered(ctx);

    if (r)
        r->active = false;
    else if (wanted)
        r = calloc(1, sizeof(*r));
    if (!wanted || !r)
        return NULL;
    if (!r->ctx) {
        r->next = all.first;
        all.first = r;
    }
    r->ctx = ctx;
    r->active = true;
    r->theirs = *hooks;
    r->hooks = *hooks;
    r->hooks.event_occurs = event_occurs;
    if (hooks->disaster)
        r->hooks.disaster = hand_on_disaster;
    r->user = user;
    r->libxl = *libxl;
    return r;
}

void hook_register_callbacks(door_register_callbacks *real,
                             const struct libxl_functions *libxl,
                             struct libxl__ctx *ctx,
                             const libxl_event_hooks *hooks, void *user)
{
    struct registered *r;

    pthread_mutex_lock(&all.lock);
    r = note_ctx(libxl, ctx, hooks, user);
    pthread_mutex_unlock(&all.lock);
    deaths_forget(ctx);
    if (r)
        real(ctx, &r->hooks, r);
    else
        real(ctx, hooks, user);
}
