/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "hook/save.h"

#include <errno.h>

#include <xenctrl.h>
#include <xenguest.h>

#include "hook/door_lock.h"
#include "hook/inject.h"
#include "hook/metadata.h"
#include "hook/report.h"
#include "hook/settings.h"
#include "lib/stored_kernel.h"
#include "verdict/action.h"
#include "xen/judge.h"

/*
 * Is the domain to go on after this save?  Remus and COLO always; of a plain
 * save only "xen-resumable exec" can tell.
 */
static bool is_checkpoint(unsigned int stream_type)
{
    return stream_type != XC_STREAM_PLAIN
           || settings_intent() == INTENT_CHECKPOINT;
}

static bool refused(const struct judgement *j, unsigned int stream_type,
                    const struct policies *policies)
{
    if (!is_checkpoint(stream_type)
        || checkpoint_policy(j->verdict.resumable, policies) != POLICY_REFUSE)
        return false;
    report("%s (domain %u) is not checkpointed: %s; it was not suspended",
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

static enum intent intent_of(uint32_t flags, unsigned int stream_type)
{
    if (is_checkpoint(stream_type))
        return INTENT_CHECKPOINT;
    if (settings_intent() == INTENT_SAVE)
        return INTENT_SAVE;
    /* libxl makes a plain stream live for a migration only. */
    return flags & XCFLAGS_LIVE ? INTENT_MIGRATE : INTENT_UNKNOWN;
}

/*
 * The toolstack has the lock, by its own door, or this process takes it; the
 * stream's part of it is this process's in any case.
 */
static int lock(xc_interface *xch, const struct domain *domain,
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
        report("%s (domain %u): the save failed; what it has written is no "
               "complete image", j->name, j->domain.domid);
    else
        report_done(config, "%s (domain %u): save %s, %s a record", j->name,
                    j->domain.domid, failed ? "failed" : "done",
                    recorded ? "with" : "without");
}

/*
 * An announced checkpoint of which nothing is known: it might kill the guest,
 * and would be one without its hooks.  Nothing has happened yet.
 */
static int give_up(uint32_t domid, const struct xr_error *err)
{
    report("domain %u: the checkpoint is given up, the guest was not "
           "suspended: %s", domid, err->message);
    errno = EIO;
    return -1;
}

/* All that a save is made of, by one that has the domain's lock. */
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
};

static int call_real(const struct saving *s, struct save_callbacks *callbacks)
{
    return s->real(s->xch, s->io_fd, s->dom, s->flags, callbacks,
                   s->stream_type, s->recv_fd);
}

static int save_judged(struct saving *s, const struct judgement *j,
                       struct config *config)
{
    CLEANUP_BUFFER struct buffer record = { 0 };
    bool announced = s->stream_type == XC_STREAM_PLAIN
                     && settings_intent() == INTENT_CHECKPOINT;
    struct checkpoint checkpoint;
    struct injection injection;
    struct xr_error err;
    int r;

    if (config->record
        && metadata_compose(s->xch, j, s->intent, &record, &err)) {
        warn_domain(s->dom, &err, "saved without a metadata record");
        config->record = false;
    }
    if (announced) {
        checkpoint_begin(&checkpoint, s->xch, config, j);
        s->flags |= checkpoint.live && !is_held(j) ? XCFLAGS_LIVE : 0;
    }
    injection_prepare(&injection, s->callbacks, s->io_fd, s->xch, &j->domain,
                      is_held(j), s->flags & XCFLAGS_LIVE,
                      config->record ? &record : NULL,
                      announced ? &checkpoint : NULL);
    r = call_real(s, &injection.wrapped);
    if (announced)
        checkpoint_end(&checkpoint);
    if (!r && injection_is_disturbed(&injection, true)) {
        errno = EBUSY;
        r = -1;
    }
    say_end(j, s->intent, config, injection.state == INJECTION_DONE, r);
    return r;
}

static int save(struct saving *s, struct config *config)
{
    CLEANUP_JUDGEMENT struct judgement j = { 0 };
    const struct judge_aids aids = {
        .overrides = &config->overrides,
        .stored_kernel = stored_kernel_notes,
    };
    struct xr_error err;
    int r = judge_domain_fully(s->xch, s->dom, &aids, &j, &err);

    if (!r && refused(&j, s->stream_type, &config->policies)) {
        errno = EOPNOTSUPP;
        return -1;
    }
    if (!r)
        return save_judged(s, &j, config);
    if (s->stream_type == XC_STREAM_PLAIN
        && settings_intent() == INTENT_CHECKPOINT)
        return give_up(s->dom, &err);
    warn_domain(s->dom, &err, "saved without a metadata record");
    return call_real(s, s->callbacks);
}

int hook_save(door_save *real, struct xc_interface_core *xch, int io_fd,
              uint32_t dom, uint32_t flags, struct save_callbacks *callbacks,
              unsigned int stream_type, int recv_fd)
{
    CLEANUP_CONFIG struct config config = { 0 };
    struct saving s = {
        real, xch, io_fd, dom, flags, callbacks, stream_type, recv_fd,
        intent_of(flags, stream_type),
    };
    struct lock stream = LOCK_NONE;
    struct domain domain;
    int r, saved;

    settings_read(&config);
    /* Without the domain there is nothing to lock; libxc will say so. */
    if (domain_read(xch, dom, &domain, NULL))
        return save(&s, &config);
    if (lock(xch, &domain, s.intent, &config, &stream)) {
        errno = EBUSY;
        return -1;
    }
    r = save(&s, &config);
    saved = errno;
    lock_release(&stream);
    door_lock_leave(&domain, !r);
    errno = saved;
    return r;
}
