/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "hook/save.h"

#include <errno.h>

#include <xenctrl.h>
#include <xenguest.h>

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

/* Of an HVM guest the toolstack must still save the device model. */
static bool is_held(const struct judgement *j)
{
    return domain_is_suspended(&j->domain) && j->type != GUEST_HVM;
}

static enum metadata_intent intent_of(uint32_t flags,
                                      unsigned int stream_type)
{
    if (is_checkpoint(stream_type))
        return METADATA_CHECKPOINT;
    if (settings_intent() == INTENT_SAVE)
        return METADATA_SAVE;
    /* libxl makes a plain stream live for a migration only. */
    return flags & XCFLAGS_LIVE ? METADATA_MIGRATE : METADATA_UNKNOWN;
}

/*
 * xl and libvirt leave half an image behind, and the latter says nothing.  Of
 * a stream to another host the receiver knows.
 */
static void say_end(const struct judgement *j, enum metadata_intent intent,
                    const struct config *config, bool recorded, bool failed)
{
    if (failed && intent != METADATA_MIGRATE)
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

int hook_save(door_save *real, struct xc_interface_core *xch, int io_fd,
              uint32_t dom, uint32_t flags, struct save_callbacks *callbacks,
              unsigned int stream_type, int recv_fd)
{
    CLEANUP_JUDGEMENT struct judgement j = { 0 };
    CLEANUP_BUFFER struct buffer record = { 0 };
    CLEANUP_CONFIG struct config config = { 0 };
    const struct judge_aids aids = {
        .overrides = &config.overrides,
        .stored_kernel = stored_kernel_notes,
    };
    enum metadata_intent intent = intent_of(flags, stream_type);
    struct checkpoint checkpoint;
    struct injection injection;
    struct xr_error err;
    bool announced = stream_type == XC_STREAM_PLAIN
                     && settings_intent() == INTENT_CHECKPOINT;
    int r;

    settings_read(&config);
    r = judge_domain_fully(xch, dom, &aids, &j, &err);
    if (!r && refused(&j, stream_type, &config.policies)) {
        errno = EOPNOTSUPP;
        return -1;
    }
    if (r) {
        if (announced)
            return give_up(dom, &err);
        warn_domain(dom, &err, "saved without a metadata record");
        return real(xch, io_fd, dom, flags, callbacks, stream_type, recv_fd);
    }
    if (config.record
        && metadata_compose(xch, &j, intent, &record, &err)) {
        warn_domain(dom, &err, "saved without a metadata record");
        config.record = false;
    }
    if (announced) {
        checkpoint_begin(&checkpoint, xch, &config, &j);
        flags |= checkpoint.live && !is_held(&j) ? XCFLAGS_LIVE : 0;
    }
    injection_prepare(&injection, callbacks, io_fd, dom, is_held(&j),
                      config.record ? &record : NULL,
                      announced ? &checkpoint : NULL);
    r = real(xch, io_fd, dom, flags, &injection.wrapped, stream_type,
             recv_fd);
    if (announced)
        checkpoint_end(&checkpoint);
    say_end(&j, intent, &config, injection.state == INJECTION_DONE, r);
    return r;
}
