/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "hook/inject.h"

#include <errno.h>
#include <string.h>

#include "hook/report.h"
#include "util/debug.h"
#include "util/fault.h"
#include "util/io.h"

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
static bool inject(struct injection *i)
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
        debug("domain %u: record of %zu bytes written", i->domid,
              i->record->length);
        return true;
    }
    i->state = written ? INJECTION_BROKEN : INJECTION_SKIPPED;
    report("warning: domain %u: the metadata record was written %s: %s",
           i->domid, written ? "in part, so the save fails" : "not at all",
           strerror(-r));
    return !written;
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

    if (!inject(i))
        return XGS_POLICY_ABORT;
    if (i->checkpoint)
        return fault_step("a round", NULL)
               ? XGS_POLICY_ABORT : checkpoint_round(i->checkpoint, stats);
    if (i->original->precopy_policy)
        return i->original->precopy_policy(stats, i->original->data);
    return default_policy(stats);
}

static bool see_to_disks(struct injection *i)
{
    struct xr_error err;

    if (!i->checkpoint || !checkpoint_suspended(i->checkpoint, &err))
        return true;
    report("domain %u: the checkpoint is given up: %s", i->domid,
           err.message);
    return false;
}

/* Returns 0 for failure, as libxl's own callback does. */
static int on_suspend(void *data)
{
    struct injection *i = data;
    struct xr_error err;
    int suspended = 1;

    if (i->checkpoint && fault_step("the suspend", &err)) {
        report("domain %u: %s", i->domid, err.message);
        return 0;
    }
    if (!i->held)
        suspended = i->original->suspend(i->original->data);
    i->held = false;
    if (!suspended)
        return 0;
    return inject(i) && see_to_disks(i) ? suspended : 0;
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
                       uint32_t domid, bool held,
                       const struct buffer *record,
                       struct checkpoint *checkpoint)
{
    /* A callback that the toolstack does not have stays NULL. */
    *injection = (struct injection){
        .original = original,
        .record = record,
        .fd = fd,
        .domid = domid,
        .held = held,
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
