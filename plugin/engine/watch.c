/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/watch.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "engine/events.h"
#include "domain/lock.h"
#include "xen/domain.h"
#include "xen/origin.h"

enum {
    POLLS_PER_SECOND = 10,
    POLL_MS = 1000 / POLLS_PER_SECOND,
    /* A tickless kernel that idles wakes up every second or so. */
    PULSE_MS = 1000,
    SILENCE_MS = 2000,
    /*
     * Silence is no proof of death, for Xen counts nothing of a run that is
     * shorter than its CPUs' clocks are apart (common/sched/core.c,
     * vcpu_runstate_change()).  So a silent one is watched for longer.
     */
    PATIENCE_MS = 20000,
    WATCH_OVER = 1,
};

static void watch_pause(unsigned int ms)
{
    const struct timespec moment = {
        .tv_sec = ms / 1000,
        .tv_nsec = (long)(ms % 1000) * 1000000,
    };

    nanosleep(&moment, NULL);
}

void pulse_feel(const struct connection *connection,
                const struct judgement *judgement, struct pulse *out)
{
    enum { STEP_MS = 20 };
    const struct domain *before = &judgement->domain;
    struct domain now;

    *out = (struct pulse){ .felt = false };
    while (out->ms < PULSE_MS && !before->paused) {
        watch_pause(STEP_MS);
        out->ms += STEP_MS;
        if (domain_read(connection->xch, before->domid, &now, NULL))
            return;
        out->felt = now.cpu_time != before->cpu_time;
        if (out->felt)
            return;
    }
}

/* Silent for so long that something may be wrong. */
static bool is_silent(const struct pulse *pulse, const struct domain *now,
                      unsigned int silent_ms)
{
    unsigned int limit = SILENCE_MS;

    if (!pulse)
        return !now->cpu_time;
    if (pulse->ms * 4 > limit)
        limit = pulse->ms * 4;
    return pulse->felt && silent_ms >= limit;
}

static void say_it_is_silent(const struct events *events,
                             const struct domain *now,
                             const struct judgement *judgement,
                             const struct target_file *target,
                             unsigned int silent_ms)
{
    bool complete = target->state == TARGET_COMPLETE;

    events_say(events, MESSAGE_ERROR, "%s (domain %u) %s: it has not run for "
               "%u.%u s%s%s", judgement->name, now->domid,
               now->paused ? "is paused" : "is silent",
               silent_ms / 1000, silent_ms % 1000 / 100,
               complete ? "; its image is " : "",
               complete ? target->path : "");
}

static bool domain_goes_on(const struct domain *now)
{
    return !now->shutdown && !now->dying;
}

void say_it_is_held(const struct events *events,
                    const struct judgement *judgement, const char *image)
{
    uint32_t domid = judgement->domain.domid;
    bool is_libvirts = origin_is_libvirts(&judgement->domain);

    if (image)
        events_say(events, MESSAGE_WARNING, "%s (domain %u) stays suspended, "
                   "with all its memory. To continue it: xen-resumable verify "
                   "%s && %s destroy %u && %s restore %s", judgement->name,
                   domid, image, is_libvirts ? "virsh" : "xl", domid,
                   is_libvirts ? "xen-resumable" : "xl", image);
    else
        events_say(events, MESSAGE_WARNING, "%s (domain %u) stays suspended, "
                   "with all its memory, and there is no image of it: do not "
                   "destroy it. To write an image, for %s restore: %s save %u "
                   "IMAGE", judgement->name, domid,
                   is_libvirts ? "virsh" : "xl",
                   is_libvirts ? "virsh" : "xen-resumable exec -- xl", domid);
}

/* It is shut down. */
static int fail_by_state(const struct events *events,
                         const struct domain *now,
                         const struct judgement *before,
                         const struct target_file *target,
                         struct xr_error *err)
{
    uint32_t domid = before->domain.domid;
    bool complete = target->state == TARGET_COMPLETE;

    if (domain_is_suspended(now)) {
        say_it_is_held(events, before, complete ? target->path : NULL);
        return error_because(err, XR_REASON_RESUME_FAILED, ESTALE,
                             "it stays suspended");
    }
    events_say(events, MESSAGE_ERROR, "%s (domain %u) did not go on: it "
               "%s.%s%s%s", before->name, domid, domain_state(now),
               complete ? " It can be restored from " : "",
               complete ? target->path : "", complete ? "." : "");
    return error_because(err, XR_REASON_GUEST_DIED, ESTALE, "it did not go "
                         "on: it %s", domain_state(now));
}

static bool is_saved_by_others(const struct domain *d)
{
    char who[LOCK_TEXT_ROOM];

    return lock_is_busy(d->uuid, d->domid, who);
}

static int fail_as_gone(const struct events *events,
                        const struct judgement *judgement,
                        struct xr_error *err)
{
    events_say(events, MESSAGE_ERROR, "%s (domain %u) did not go on: the "
               "domain is gone", judgement->name, judgement->domain.domid);
    return error_because(err, XR_REASON_GUEST_DIED, ENOENT, "it did not go "
                         "on: the domain is gone");
}

/*
 * 0; WATCH_OVER if somebody else saves it by now, until when it went on; or a
 * negative errno.
 */
static int watch_look(const struct watched *w, struct domain *out,
                      struct xr_error *err)
{
    const struct judgement *judgement = w->judgement;
    const struct domain *before = &judgement->domain;
    bool locked = lock_look(before->uuid, NULL) == LOCK_OTHERS;
    int r = domain_read(w->connection->xch, before->domid, out, err);

    /* Another domain has its number by now. */
    if (!r && strcmp(out->uuid, before->uuid))
        r = -ENOENT;
    if (locked && (r == -ENOENT || (!r && (domain_goes_on(out)
                                           || domain_is_suspended(out)))))
        return WATCH_OVER;
    if (r == -ENOENT)
        return fail_as_gone(w->events, judgement, err);
    if (r)
        return events_fail(w->events, judgement->name, err);
    if (domain_goes_on(out))
        return 0;
    if (domain_is_suspended(out) && is_saved_by_others(before))
        return WATCH_OVER;
    return fail_by_state(w->events, out, judgement, w->target, err);
}

int watch_domain(const struct watched *w, unsigned int seconds,
                 const struct pulse *pulse, struct xr_error *err)
{
    unsigned int polls = seconds * POLLS_PER_SECOND, silent_ms = 0;
    uint64_t last = 0;
    struct domain now;

    for (;;) {
        int r = watch_look(w, &now, err);

        if (r)
            return r == WATCH_OVER ? 0 : r;
        silent_ms = now.cpu_time == last ? silent_ms + POLL_MS : 0;
        last = now.cpu_time;
        if (polls)
            polls--;
        else if (!seconds || !is_silent(pulse, &now, silent_ms))
            return 0;
        else if (silent_ms >= PATIENCE_MS)
            break;
        watch_pause(POLL_MS);
    }
    say_it_is_silent(w->events, &now, w->judgement, w->target, silent_ms);
    return error_because(err, XR_REASON_GUEST_SILENT, ETIMEDOUT, "it has not "
                         "run for %u s", silent_ms / 1000);
}

int watch_paused_domain(const struct watched *w, struct xr_error *err)
{
    struct domain now;
    int r = watch_look(w, &now, err);

    return r == WATCH_OVER ? 0 : r;
}
