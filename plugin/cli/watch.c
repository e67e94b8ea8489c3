/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/watch.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "cli/cli.h"
#include "domain/lock.h"
#include "xen/domain.h"

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

static void pause_a_moment(unsigned int ms)
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
        pause_a_moment(STEP_MS);
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

static void say_it_is_silent(const struct domain *now,
                             const struct judgement *judgement,
                             const struct target_file *target,
                             unsigned int silent_ms)
{
    bool complete = target->state == TARGET_COMPLETE;

    complain("%s (domain %u) %s: it has not run for %u.%u s%s%s",
             judgement->name, now->domid, now->paused ? "is paused" : "is silent",
             silent_ms / 1000, silent_ms % 1000 / 100,
             complete ? "; its image is " : "", complete ? target->path : "");
}

static bool goes_on(const struct domain *now, const struct judgement *before)
{
    return !now->shutdown && !now->dying
           && !strcmp(now->uuid, before->domain.uuid);
}

void say_it_is_held(const struct judgement *judgement, const char *image)
{
    uint32_t domid = judgement->domain.domid;

    if (image)
        complain("%s (domain %u) stays suspended, with all its memory. It "
                 "goes on by: xen-resumable verify %s && xl destroy %u && "
                 "xl restore %s", judgement->name, domid, image, domid,
                 image);
    else
        complain("%s (domain %u) stays suspended, with all its memory, and "
                 "there is no image of it: do not destroy it. This writes "
                 "one, from which xl restore lets it go on: xen-resumable "
                 "exec -- xl save %u IMAGE", judgement->name, domid, domid);
}

static void say_what_became(const struct domain *now,
                            const struct judgement *before,
                            const struct target_file *target)
{
    uint32_t domid = before->domain.domid;
    bool complete = target->state == TARGET_COMPLETE;

    if (!domain_is_suspended(now))
        complain("%s (domain %u) did not go on: it has %s.%s%s%s",
                 before->name, domid, domain_state_name(now),
                 complete ? " It can be restored from " : "",
                 complete ? target->path : "", complete ? "." : "");
    else
        say_it_is_held(before, complete ? target->path : NULL);
}

static bool is_saved_by_others(const struct domain *d)
{
    char who[LOCK_TEXT_ROOM];

    return lock_is_busy(d->uuid, d->domid, who);
}

/*
 * 0; WATCH_OVER if somebody else saves it by now, until when it went on; or
 * after a complaint a negative errno.
 */
static int look(const struct connection *connection,
                const struct judgement *judgement,
                const struct target_file *target, struct domain *out)
{
    const struct domain *before = &judgement->domain;
    bool locked = lock_look(before->uuid, NULL) == LOCK_OTHERS;
    struct xr_error err;
    int r = domain_read(connection->xch, before->domid, out, &err);

    if (locked && (r == -ENOENT || (!r && (goes_on(out, judgement)
                                           || domain_is_suspended(out)))))
        return WATCH_OVER;
    if (r == -ENOENT)
        complain("%s (domain %u) did not go on: the domain is gone",
                 judgement->name, judgement->domain.domid);
    else if (r)
        complain_error(judgement->name, &err);
    if (r || goes_on(out, judgement))
        return r;
    if (domain_is_suspended(out) && is_saved_by_others(before))
        return WATCH_OVER;
    say_what_became(out, judgement, target);
    return -ESTALE;
}

bool watch_domain(const struct connection *connection,
                  const struct judgement *judgement,
                  const struct target_file *target, unsigned int seconds,
                  const struct pulse *pulse)
{
    unsigned int polls = seconds * POLLS_PER_SECOND, silent_ms = 0;
    uint64_t last = 0;
    struct domain now;

    for (;;) {
        int r = look(connection, judgement, target, &now);

        if (r)
            return r == WATCH_OVER;
        silent_ms = now.cpu_time == last ? silent_ms + POLL_MS : 0;
        last = now.cpu_time;
        if (polls)
            polls--;
        else if (!seconds || !is_silent(pulse, &now, silent_ms))
            return true;
        else if (silent_ms >= PATIENCE_MS)
            break;
        pause_a_moment(POLL_MS);
    }
    say_it_is_silent(&now, judgement, target, silent_ms);
    return false;
}

bool watch_paused_domain(const struct connection *connection,
                         const struct judgement *judgement,
                         const struct target_file *target)
{
    struct domain now;

    return !look(connection, judgement, target, &now);
}
