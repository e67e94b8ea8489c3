/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "hook/inject.h"

#include <errno.h>
#include <string.h>

#include "domain/savers.h"
#include "hook/report.h"
#include "util/debug.h"
#include "util/fault.h"
#include "util/io.h"
#include "xen/log_dirty.h"

/* libxc's own bounds for a live save (xg_sr_save.c). */
enum {
    PRECOPY_ROUNDS_MAX = 5,
    PRECOPY_DIRTY_TARGET = 50,
};

/*
 * Writes the record once.  False if the stream is unusable.  A signal of
 * libxl's makes the fd unwritable in order to end the save: then libxc finds
 * out by itself.
 */
static bool inject_record(struct injection *i)
{
    size_t written;
    int r;

    if (i->state != INJECTION_PENDING)
        return i->state != INJECTION_BROKEN;
    r = i->checkpoint ? fault_step("the record", NULL) : 0;
    written = 0;
    if (!r)
        r = write_full(i->fd, i->record->data, i->record->length, &written);
    if (!r) {
        i->state = INJECTION_DONE;
        debug("domain %u: record of %zu bytes written", i->domain->domid,
              i->record->length);
        return true;
    }
    i->state = written ? INJECTION_BROKEN : INJECTION_SKIPPED;
    report("warning: domain %u: the metadata record was written %s: %s",
           i->domain->domid, written ? "in part, so the save fails" : "not at all",
           strerror(-r));
    return !written;
}

bool injection_is_disturbed(const struct injection *i, bool at_end)
{
    uint32_t domid = i->domain->domid;
    struct saver other;

    if (!i->live)
        return false;
    if (savers_find(domid, &other)) {
        report("domain %u: the save is given up: %s has begun meanwhile",
               domid,
               other.text);
        return true;
    }
    /* At its end libxc turns the log off itself. */
    if (at_end || i->domain->emulated || !log_dirty_was_lost(i->xch, domid))
        return false;
    report("domain %u: the save is given up: another save has turned off "
           "Xen's log of what the guest writes", domid);
    return true;
}

/* The callbacks, in the order in which libxc calls them. */

static int default_policy(struct precopy_stats stats)
{
    bool few = stats.dirty_count >= 0
               && stats.dirty_count < PRECOPY_DIRTY_TARGET;

    return few || stats.iteration >= PRECOPY_ROUNDS_MAX
           ? XGS_POLICY_STOP_AND_COPY : XGS_POLICY_CONTINUE_PRECOPY;
}

static int on_precopy_policy(struct precopy_stats stats, void *data)
{
    struct injection *i = data;

    if (!inject_record(i) || injection_is_disturbed(i, false))
        return XGS_POLICY_ABORT;
    if (i->checkpoint)
        return fault_step("a round", NULL)
               ? XGS_POLICY_ABORT : checkpoint_round(i->checkpoint, stats);
    if (i->original->precopy_policy)
        return i->original->precopy_policy(stats, i->original->data);
    return default_policy(stats);
}

/* Copies that no record names are not made. */
static bool see_to_disks(struct injection *i)
{
    bool recorded = i->state == INJECTION_DONE;
    struct xr_error err;

    if (!i->checkpoint || !checkpoint_suspended(i->checkpoint, recorded, &err))
        return true;
    report("domain %u: the checkpoint is given up: %s", i->domain->domid,
           err.message);
    return false;
}

/* What the lock says is what decides who may resume the domain. */
static int suspend_domain(struct injection *i)
{
    int suspended;

    door_lock_note(i->domain, LOCK_ASKED);
    suspended = i->original->suspend(i->original->data);
    if (suspended)
        door_lock_note(i->domain, LOCK_SUSPENDED);
    return suspended;
}

/* Returns 0 for failure, as libxl's own callback does. */
static int on_suspend(void *data)
{
    struct injection *i = data;
    struct xr_error err;
    int suspended = 1;

    if (i->checkpoint && fault_step("the suspend", &err)) {
        report("domain %u: %s", i->domain->domid, err.message);
        return 0;
    }
    if (!i->held)
        suspended = suspend_domain(i);
    i->held = false;
    if (!suspended || injection_is_disturbed(i, false))
        return 0;
    if (i->state == INJECTION_PENDING && i->disks)
        recorded_disks_renew(i->disks, i->record);
    return inject_record(i) && see_to_disks(i) ? suspended : 0;
}

static int on_postcopy(void *data)
{
    struct injection *i = data;

    return i->original->postcopy(i->original->data);
}

static int on_checkpoint(void *data)
{
    struct injection *i = data;

    return i->original->checkpoint(i->original->data);
}

static int on_wait_checkpoint(void *data)
{
    struct injection *i = data;

    return i->original->wait_checkpoint(i->original->data);
}

static int on_switch_qemu_logdirty(uint32_t domid, unsigned int enable,
                                   void *data)
{
    struct injection *i = data;

    return i->original->switch_qemu_logdirty(domid, enable,
                                             i->original->data);
}

void injection_prepare(struct injection *injection,
                       const struct save_callbacks *original, int fd,
                       xc_interface *xch, const struct domain *domain,
                       bool held, bool live,
                       struct buffer *record, struct checkpoint *checkpoint)
{
    /* A callback that the toolstack does not have stays NULL. */
    *injection = (struct injection){
        .original = original,
        .record = record,
        .fd = fd,
        .xch = xch,
        .domain = domain,
        .held = held,
        .live = live,
        .checkpoint = checkpoint,
        .state = record ? INJECTION_PENDING : INJECTION_SKIPPED,
        .wrapped = {
            .precopy_policy = on_precopy_policy,
            .suspend = original->suspend ? on_suspend : NULL,
            .postcopy = original->postcopy ? on_postcopy : NULL,
            .checkpoint = original->checkpoint ? on_checkpoint : NULL,
            .wait_checkpoint = original->wait_checkpoint
                               ? on_wait_checkpoint : NULL,
            .switch_qemu_logdirty = original->switch_qemu_logdirty
                                    ? on_switch_qemu_logdirty : NULL,
            .data = injection,
        },
    };
}
