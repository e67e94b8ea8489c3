/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "hook/save.h"

#include <errno.h>

#include <xenctrl.h>
#include <xenguest.h>

#include "domain/clone_mark.h"
#include "hook/disks.h"
#include "hook/door_lock.h"
#include "hook/inject.h"
#include "hook/metadata.h"
#include "hook/report.h"
#include "hook/settings.h"
#include "lib/stored_kernel.h"
#include "util/cleanup.h"
#include "verdict/action.h"
#include "xen/judge.h"

/* All that a save is made of. */
struct saving {
    door_save *real;
    struct xc_interface_core *xch;
    int io_fd;
    uint32_t dom;
    uint32_t flags;
    struct save_callbacks *callbacks;
    unsigned int stream_type;
    int recv_fd;
    enum intent intent;
    struct settings settings;
};

static bool is_announced(const struct saving *s)
{
    return s->stream_type == XC_STREAM_PLAIN
           && s->settings.intent == INTENT_CHECKPOINT;
}

static bool is_save_refused(const struct saving *s, const struct judgement *j)
{
    const struct policies *policies = &s->settings.config.policies;

    if (s->intent != INTENT_CHECKPOINT
        || checkpoint_policy(j->verdict.resumable, policies) != POLICY_REFUSE)
        return false;
    report("%s (domain %u) is not checkpointed: %s; nothing was done to it",
           j->name, j->domain.domid, j->verdict.reason);
    return true;
}

/*
 * By the lock's record, which only who has the lock can rely on: a domain that
 * somebody else has suspended goes on as soon as that one wants it to.  Of an
 * HVM guest the toolstack must still save the device model.
 */
static bool is_held(const struct judgement *j)
{
    return domain_is_suspended(&j->domain) && j->type != GUEST_HVM
           && lock_state(j->domain.uuid) == LOCK_HELD;
}

/*
 * Is the domain to go on after this save?  Remus and COLO always; of a plain
 * save only who started the toolstack can tell.
 */
static enum intent save_intent(const struct saving *s)
{
    if (s->stream_type != XC_STREAM_PLAIN || is_announced(s))
        return INTENT_CHECKPOINT;
    if (s->settings.intent == INTENT_SAVE)
        return INTENT_SAVE;
    /* libxl makes a plain stream live for a migration only. */
    return s->flags & XCFLAGS_LIVE ? INTENT_MIGRATE : INTENT_UNKNOWN;
}

/*
 * The toolstack has the lock, by its own door, or this process takes it; the
 * stream's part of it is this process's in any case.
 */
static int lock_for_save(xc_interface *xch, const struct domain *domain,
                         enum intent intent, const struct config *config,
                         struct lock *stream)
{
    struct xr_error err;
    int r = door_lock_enter(xch, domain, intent, config);

    if (r)
        return r;
    if (!domain_is_suspended(domain)
        && lock_state(domain->uuid) == LOCK_HELD)
        door_lock_note(domain, LOCK_RUNNING);
    r = lock_begin_stream(domain->uuid, stream, &err);
    if (r != -EBUSY)
        return 0;
    report("domain %u is not saved: %s", domain->domid, err.message);
    door_lock_leave(domain, false);
    return r;
}

/*
 * xl and libvirt leave half an image behind, and the latter says nothing.  Of
 * a stream to another host the receiver knows.
 */
static void say_end(const struct judgement *j, enum intent intent,
                    const struct config *config, bool recorded, bool failed)
{
    if (failed && intent != INTENT_MIGRATE)
        report("%s (domain %u): the save failed; what it has written is not a "
               "complete image", j->name, j->domain.domid);
    else
        report_done(config, "%s (domain %u): save %s, %s a record", j->name,
                    j->domain.domid, failed ? "failed" : "done",
                    recorded ? "with" : "without");
}

/*
 * An announced checkpoint of which nothing is known, be it of the guest or of
 * what was wanted: it might kill the guest, and would be one without its hooks.
 * Nothing has happened yet.
 */
static int give_up(uint32_t domid, const struct xr_error *err)
{
    report("domain %u: the checkpoint is given up, and nothing was done to the "
           "guest: %s", domid, err->message);
    errno = EIO;
    return -1;
}

static void saving_free(struct saving *s)
{
    settings_free(&s->settings);
}

static int call_real(const struct saving *s, struct save_callbacks *callbacks)
{
    return s->real(s->xch, s->io_fd, s->dom, s->flags, callbacks,
                   s->stream_type, s->recv_fd);
}

/* One that cannot be put together is not written. */
static void compose_record(struct saving *s, const struct judgement *j,
                           const struct stages *stages,
                           const struct recorded_disks *disks,
                           struct buffer *out)
{
    const struct metadata_wish wish = {
        .intent = s->intent,
        .labels = s->settings.request.labels,
        .checkpoint = stages ? stages_id(stages) : NULL,
        .disks = &disks->keys,
    };
    struct config *config = &s->settings.config;
    struct xr_error err;

    if (!config->record || !metadata_compose(s->xch, j, &wish, out, &err))
        return;
    warn_domain(s->dom, &err, "saved without a metadata record");
    config->record = false;
}

static int save_judged(struct saving *s, const struct judgement *j)
{
    CLEANUP_RECORDED_DISKS struct recorded_disks disks = { .is_ours = false };
    CLEANUP_BUFFER struct buffer record = { 0 };
    struct config *config = &s->settings.config;
    bool announced = is_announced(s);
    struct checkpoint checkpoint;
    struct injection injection;
    struct stages *stages = announced ? &checkpoint.stages : NULL;
    int r;

    if (announced) {
        checkpoint_begin(&checkpoint, s->xch, &s->settings, j);
        s->flags |= checkpoint.live && !is_held(j) ? XCFLAGS_LIVE : 0;
    }
    if (config->record)
        recorded_disks_find(stages, j, s->flags & XCFLAGS_LIVE, &disks);
    compose_record(s, j, stages, &disks, &record);
    injection_prepare(&injection, s->callbacks, s->io_fd, s->xch, &j->domain,
                      is_held(j), s->flags & XCFLAGS_LIVE,
                      config->record ? &record : NULL,
                      announced ? &checkpoint : NULL);
    injection.disks = &disks;
    r = call_real(s, &injection.wrapped);
    /* First of all: the guest waits for it. */
    if (announced && !r)
        checkpoint_written(&checkpoint);
    if (!r && injection_is_disturbed(&injection, true)) {
        errno = EBUSY;
        r = -1;
    }
    if (announced)
        checkpoint_close(&checkpoint);
    say_end(j, s->intent, config, injection.state == INJECTION_DONE, r);
    return r;
}

static int judge_and_save(struct saving *s)
{
    CLEANUP_JUDGEMENT struct judgement j = { 0 };
    const struct judge_aids aids = {
        .overrides = &s->settings.config.overrides,
        .stored_kernel = stored_kernel_notes,
    };
    struct xr_error err;
    int r = judge_domain_fully(s->xch, s->dom, &aids, &j, &err);

    if (!r && is_save_refused(s, &j)) {
        errno = EOPNOTSUPP;
        return -1;
    }
    if (!r)
        return save_judged(s, &j);
    if (is_announced(s))
        return give_up(s->dom, &err);
    warn_domain(s->dom, &err, "saved without a metadata record");
    return call_real(s, s->callbacks);
}

/*
 * Under the lock, as far as there can be one: without the domain there is
 * nothing to lock, and libxc will say so.
 */
static int save_locked(struct saving *s)
{
    struct lock stream = LOCK_NONE;
    struct domain domain;
    int r, saved;

    if (domain_read(s->xch, s->dom, &domain, NULL))
        return judge_and_save(s);
    if (lock_for_save(s->xch, &domain, s->intent, &s->settings.config,
                      &stream)) {
        errno = EBUSY;
        return -1;
    }
    r = judge_and_save(s);
    saved = errno;
    if (!r)
        clone_mark_saved(domain.uuid);
    lock_release(&stream);
    door_lock_leave(&domain, !r);
    errno = saved;
    return r;
}

int hook_save(door_save *real, struct xc_interface_core *xch, int io_fd,
              uint32_t dom, uint32_t flags, struct save_callbacks *callbacks,
              unsigned int stream_type, int recv_fd)
{
    CLEANUP(saving_free) struct saving s = {
        real, xch, io_fd, dom, flags, callbacks, stream_type, recv_fd,
        .settings = SETTINGS_NONE,
    };
    const struct xr_error *refusal = &s.settings.refusal;

    settings_read(&s.settings);
    s.intent = save_intent(&s);
    if (refusal->code && s.settings.refused == INTENT_CHECKPOINT
        && stream_type == XC_STREAM_PLAIN)
        return give_up(dom, refusal);
    if (refusal->code)
        warn_domain(dom, refusal, "saved as without xen-resumable's command");
    return save_locked(&s);
}
