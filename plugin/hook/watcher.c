/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "hook/watcher.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libxl.h>

#include "hook/report.h"
#include "hook/settings.h"
#include "util/cleanup.h"
#include "util/io.h"

/* The first release whose watcher stays by itself. */
enum { WATCHER_STAYS = 420 };

/*
 * A death event that is enabled.  Its address is the toolstack's handle, so
 * that the handle outlives the evgen, and no evgen can be mistaken for it.
 */
struct death {
    struct death *next;
    struct libxl__ctx *ctx;
    uint32_t domid;
    uint64_t user;
    struct libxl__evgen_domain_death *evgen; /* libxl's */
};

/*
 * The lock is held over calls into libxl and so comes before that of the ctx;
 * libxl calls no door while it holds that one.
 */
static struct {
    pthread_mutex_t lock;
    struct death *first;
} deaths = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* xl takes any beginning of a verb that is the beginning of no other. */
static bool becomes_watcher(const char *verb)
{
    static const char *const verbs[] = {
        "create", "restore", "migrate-receive",
    };
    size_t i;

    for (i = 0; *verb && i < sizeof(verbs) / sizeof(verbs[0]); i++)
        if (!strncmp(verb, verbs[i], strlen(verb)))
            return true;
    return false;
}

/* xl's own options stand before the verb, and none of them has a value. */
bool watcher_is(const char *program, const char *arguments, size_t length)
{
    const char *end = arguments + length;
    const char *p = memchr(arguments, '\0', length);

    if (strcmp(program, "xl"))
        return false;
    while (p && ++p < end && *p == '-')
        p = memchr(p, '\0', (size_t)(end - p));
    return p && p < end && memchr(p, '\0', (size_t)(end - p))
           && becomes_watcher(p);
}

/* What does not fit is not needed: the verb is among the first words. */
bool watcher_leaves_too_early(void)
{
    CLEANUP_CLOSE int fd = -1;
    char arguments[4096];
    ssize_t length;

    if (XEN_RELEASE_NUMBER >= WATCHER_STAYS)
        return false;
    fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
    length = fd < 0 ? -1 : read_full(fd, arguments, sizeof(arguments));
    return length > 0 && watcher_is(program_invocation_short_name, arguments,
                                    (size_t)length);
}

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
static struct death **find(const struct libxl__evgen_domain_death *handle)
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
    link = find(evgen);
    d = *link;
    if (d) {
        *link = d->next;
        evgen = d->evgen;
    }
    real(ctx, evgen);
    pthread_mutex_unlock(&deaths.lock);
    free(d);
}

static bool is_suspend(const struct libxl_event *event)
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

/* 0: the domain's next shutdown will be reported, and this one may go. */
static int wait_on(const struct libxl_functions *libxl,
                   struct libxl__ctx *ctx, const struct libxl_event *event)
{
    struct death **link = &deaths.first;
    int r = ERROR_NOTFOUND;

    pthread_mutex_lock(&deaths.lock);
    while (*link && !is_of(*link, ctx, event))
        link = &(*link)->next;
    if (*link) {
        r = enable_again(libxl, *link);
        if (r)
            report("warning: domain %u: xl cannot go on watching it after its "
                   "suspend: libxl's error %d", event->domid, r);
        else
            move_to_end(link);
    }
    pthread_mutex_unlock(&deaths.lock);
    return r;
}

static void say(uint32_t domid)
{
    CLEANUP_CONFIG struct config config = { 0 };

    settings_read(&config);
    report_done(&config, "domain %u has suspended; xl goes on watching it",
                domid);
}

int hook_event(door_event *real, const struct libxl_functions *libxl,
               struct libxl__ctx *ctx, struct libxl_event **out,
               uint64_t types, libxl_event_predicate *wanted, void *user)
{
    for (;;) {
        int r = real(ctx, out, types, wanted, user);

        if (r || !is_suspend(*out) || wait_on(libxl, ctx, *out))
            return r;
        say((*out)->domid);
        libxl->event_free(ctx, *out);
        *out = NULL;
    }
}
