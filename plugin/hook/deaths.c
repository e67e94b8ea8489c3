/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "hook/deaths.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include <libxl.h>

#include "hook/report.h"

/* What the toolstack was told of the domain. */
enum { TOLD_SUSPEND = 1, TOLD_END = 2, TOLD_DEATH = 4 };

/*
 * A death event that is enabled.  Its address is the toolstack's handle, so
 * that the handle outlives the evgen, and no evgen can be mistaken for it.
 */
struct death {
    struct death *next;
    struct libxl__ctx *ctx; /* NULL: that one has gone */
    uint32_t domid;
    uint64_t user;
    struct libxl__evgen_domain_death *evgen; /* libxl's */
    unsigned int told;
};

/*
 * The lock is held over calls into libxl and so comes before that of the ctx;
 * libxl calls no door and no callback while it holds that one.
 */
static struct {
    pthread_mutex_t lock;
    struct death *first;
} deaths = { .lock = PTHREAD_MUTEX_INITIALIZER };

int hook_death_enable(door_death_enable *real, struct libxl__ctx *ctx,
                      uint32_t domid, uint64_t user,
                      struct libxl__evgen_domain_death **out)
{
    struct death *d = malloc(sizeof(*d));
    int r;

    if (!d)
        return real(ctx, domid, user, out);
    *d = (struct death){ .ctx = ctx, .domid = domid, .user = user };
    pthread_mutex_lock(&deaths.lock);
    r = real(ctx, domid, user, &d->evgen);
    if (!r) {
        d->next = deaths.first;
        deaths.first = d;
        *out = (struct libxl__evgen_domain_death *)d;
    }
    pthread_mutex_unlock(&deaths.lock);
    if (r)
        free(d);
    return r;
}

/* The link that leads to the handle; to NULL if it is none of ours. */
static struct death **
find_death(const struct libxl__evgen_domain_death *handle)
{
    struct death **d = &deaths.first;

    while (*d && (const void *)*d != (const void *)handle)
        d = &(*d)->next;
    return d;
}

void hook_death_disable(door_death_disable *real, struct libxl__ctx *ctx,
                        struct libxl__evgen_domain_death *evgen)
{
    struct death **link, *d;

    pthread_mutex_lock(&deaths.lock);
    link = find_death(evgen);
    d = *link;
    if (d) {
        *link = d->next;
        evgen = d->evgen;
    }
    real(ctx, evgen);
    pthread_mutex_unlock(&deaths.lock);
    free(d);
}

void deaths_forget(const struct libxl__ctx *ctx)
{
    struct death *d;

    /* Not freed: who disables one all the same is to be understood. */
    pthread_mutex_lock(&deaths.lock);
    for (d = deaths.first; d; d = d->next)
        if (d->ctx == ctx)
            d->ctx = NULL;
    pthread_mutex_unlock(&deaths.lock);
}

bool death_is_suspend(const struct libxl_event *event)
{
    return event->type == LIBXL_EVENT_TYPE_DOMAIN_SHUTDOWN
           && event->u.domain_shutdown.shutdown_reason
                  == LIBXL_SHUTDOWN_REASON_SUSPEND;
}

/*
 * The new one first: the last one to go takes libxl's watch of xenstore with
 * it, and a new watch fires at once, finds the domain still suspended, and so
 * on without end.  0, or libxl's error; then nothing has changed.
 */
static int enable_again(const struct libxl_functions *libxl, struct death *d)
{
    struct libxl__evgen_domain_death *evgen;
    int r = libxl->death_enable(d->ctx, d->domid, d->user, &evgen);

    if (r)
        return r;
    libxl->death_disable(d->ctx, d->evgen);
    d->evgen = evgen;
    return 0;
}

/*
 * Behind the others: where the same event is enabled twice there are two
 * suspends, and each finds one of the two.
 */
static void move_to_end(struct death **link)
{
    struct death *d = *link;

    *link = d->next;
    while (*link)
        link = &(*link)->next;
    d->next = NULL;
    *link = d;
}

static bool is_of(const struct death *d, const struct libxl__ctx *ctx,
                  const struct libxl_event *event)
{
    return d->ctx == ctx && d->domid == event->domid
           && d->user == event->for_user;
}

/* The link to the first one that has not told any of this yet, or to NULL. */
static struct death **find_untold(const struct libxl__ctx *ctx,
                                  const struct libxl_event *event,
                                  unsigned int told)
{
    struct death **link = &deaths.first;

    while (*link && (!is_of(*link, ctx, event) || (*link)->told & told))
        link = &(*link)->next;
    return link;
}

static int wait_on(const struct libxl_functions *libxl, struct death **link)
{
    int r = enable_again(libxl, *link);

    if (r)
        report("warning: domain %u: %s will not hear of its end, after its "
               "suspend: libxl's error %d", (*link)->domid,
               program_invocation_short_name, r);
    move_to_end(link);
    return r;
}

int death_wait_on(const struct libxl_functions *libxl,
                  struct libxl__ctx *ctx, const struct libxl_event *event)
{
    struct death **link;
    int r;

    pthread_mutex_lock(&deaths.lock);
    link = find_untold(ctx, event, 0);
    r = *link ? wait_on(libxl, link) : ERROR_NOTFOUND;
    pthread_mutex_unlock(&deaths.lock);
    return r;
}

/* Where the domain has died, only the order of two threads has changed. */
static struct death_news hear_suspend(const struct libxl_functions *libxl,
                                      struct libxl__ctx *ctx,
                                      const struct libxl_event *event)
{
    struct death **link = find_untold(ctx, event, TOLD_DEATH);
    struct death_news news = { .first = true };
    struct death *d = *link;

    if (d) {
        news.first = !(d->told & TOLD_SUSPEND);
        d->told |= TOLD_SUSPEND;
        news.waits = !wait_on(libxl, link);
    }
    return news;
}

/* What is told already, the event that replaced libxl's has found once more. */
static struct death_news hear_end(const struct libxl__ctx *ctx,
                                  const struct libxl_event *event,
                                  unsigned int what)
{
    struct death *d = *find_untold(ctx, event, what);

    if (d)
        d->told |= what;
    return (struct death_news){ .first = d || !*find_untold(ctx, event, 0) };
}

struct death_news death_hear(const struct libxl_functions *libxl,
                             struct libxl__ctx *ctx,
                             const struct libxl_event *event)
{
    struct death_news news = { .first = true };

    pthread_mutex_lock(&deaths.lock);
    if (death_is_suspend(event))
        news = hear_suspend(libxl, ctx, event);
    else if (event->type == LIBXL_EVENT_TYPE_DOMAIN_SHUTDOWN)
        news = hear_end(ctx, event, TOLD_END);
    else if (event->type == LIBXL_EVENT_TYPE_DOMAIN_DEATH)
        news = hear_end(ctx, event, TOLD_DEATH);
    pthread_mutex_unlock(&deaths.lock);
    return news;
}
