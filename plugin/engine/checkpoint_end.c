/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * At every instant of this either the domain lives or its image is complete
 * and on the disk; and what hooks are told is what has become of both.
 */
#include "config.h"

#include "engine/checkpoint_state.h"

#include <errno.h>
#include <stdlib.h>

#include "domain/own_suspend.h"
#include "engine/restore_image.h"
#include "engine/watch.h"
#include "util/cleanup.h"
#include "util/fault.h"
#include "xen/hypervisor.h"
#include "xen/known_notes.h"

/*
 * The last stage, by what has become of the image and of the guest.  A hook
 * that fails over an image that is there has kept nothing of the disks for it.
 */
static int tell_hooks(struct taking *t, xc_interface *xch,
                      struct xr_error *err)
{
    const struct checkpoint *c = t->checkpoint;
    bool complete = stages_image_is_in_place(&t->stages);
    enum guest_fate guest;
    uint32_t domid;

    guest = guest_fate_read(xch, &c->judgement.domain, &domid);
    if (guest == FATE_RUNS && t->outcome->restored)
        guest = FATE_RESTORED; /* its new domain has the old one's number */
    t->fate = guest;
    t->outcome->guest = guest_fate_name(guest);
    if (!stages_end(&t->stages, complete ? IMAGE_COMPLETE
                                         : image_fate_without_new(c->path),
                    guest, domid, err))
        return 0;
    err->reason = XR_REASON_HOOK_FAILED;
    events_say(c->events, MESSAGE_ERROR, "%s", err->message);
    if (complete)
        events_say(c->events, MESSAGE_WARNING, "%s is complete, but what the "
                   "hooks kept of the disks may not belong to it", c->path);
    return -err->code;
}

static int taking_tell_hooks(struct taking *t, struct xr_error *err)
{
    return tell_hooks(t, t->checkpoint->connection.xch, err);
}

/* Where something has failed already, which is what is given back. */
static void tell_of_failure(struct taking *t)
{
    struct xr_error err;

    (void)taking_tell_hooks(t, &err);
}

/* Between its destruction and its restore a guest is in its image alone. */
static void say_where_it_is(const struct taking *t, xc_interface *xch)
{
    const struct checkpoint *c = t->checkpoint;
    uint32_t domid;

    if (guest_fate_read(xch, &c->judgement.domain, &domid) == FATE_GONE
        && stages_image_is_in_place(&t->stages))
        events_say(c->events, MESSAGE_WARNING, "the checkpoint was killed, and "
                   "the domain of %s is gone; its image is complete: %s %s",
                   c->judgement.name, checkpoint_restored_by(c), c->path);
}

/* In the guardian's process, which shares no handle with this one. */
void checkpoint_tell_after_kill(void *data)
{
    CLEANUP_CONNECTION struct connection connection = { 0 };
    struct taking *t = data;
    struct xr_error err;

    if (connection_open(&connection, &err)) {
        events_fail(t->checkpoint->events, "the checkpoint was killed", &err);
        return;
    }
    say_where_it_is(t, connection.xch);
    (void)tell_hooks(t, connection.xch, &err);
    checkpoint_mend_libvirt(t, connection.xch);
}

static bool taking_is_suspended(const struct taking *t)
{
    struct domain d;

    return !domain_read(t->checkpoint->connection.xch, taking_domid(t), &d, NULL)
           && domain_is_suspended(&d);
}

/* Who was asked to destroy it may have, and failed to say so. */
static bool taking_is_gone(const struct taking *t)
{
    const struct checkpoint *c = t->checkpoint;
    uint32_t domid;

    return guest_fate_read(c->connection.xch, &c->judgement.domain, &domid)
           == FATE_GONE;
}

/*
 * The lock's record says so from now on: a save under the plugin can rely on
 * it.  NULL: there is no image.
 */
static void leave_suspended(const struct taking *t, const char *image)
{
    const struct checkpoint *c = t->checkpoint;
    struct xr_error err;

    if (lock_set_state(c->lock.name, LOCK_HELD, &err))
        events_fail(c->events, c->judgement.name, &err);
    say_it_is_held(c->events, &c->judgement, image);
}

/*
 * The save hook was not there, and so nobody corrects what libxl does at the
 * resume.  Of HVM guests its 0 is meant.
 */
static bool would_get_mistaken_0(const struct taking *t)
{
    const struct checkpoint *c = t->checkpoint;
    struct hypervisor hypervisor;

    return t->saved && !t->suspended_at && c->judgement.type != GUEST_HVM
           && !hypervisor_read(c->connection.xch, &hypervisor, NULL)
           && hypervisor_libxl_mistakes_0(&hypervisor);
}

static enum ending ending_without_image(const struct taking *t)
{
    const struct checkpoint *c = t->checkpoint;
    enum ending ending = policy_ending(c->policy, false);

    if (ending == ENDING_HOLD || !would_get_mistaken_0(t)
        || mistaken_0_ending(c->judgement.verdict.resumable, c->policy)
           != ENDING_HOLD)
        return ending;
    events_say(c->events, MESSAGE_WARNING, "%s is not resumed: libxl of this "
               "Xen would return a 0 instead of a 1, and the plugin, which "
               "corrects that, is not loaded; see xen-resumable doctor",
               c->judgement.name);
    return ENDING_HOLD;
}

/*
 * After a save that failed.  A guest may suspend when libxl has long given up
 * waiting for it: it is looked after for some seconds more.  One that is not to
 * get a 1 gets none now, either.
 */
static void let_it_go_on(struct taking *t)
{
    const struct checkpoint *c = t->checkpoint;
    /* By the resume door, when it was to go on early. */
    bool is_held = t->resume_error.code
                   && lock_state(c->lock.name) == LOCK_HELD;
    struct xr_error err;

    /* Who suspends it after that is another one, and resumes it himself. */
    if (t->resume_tried && !t->resume_error.code)
        return;
    if (t->saved || is_held ? !taking_is_suspended(t)
                            : !own_suspend_wait(&c->lock, c->connection.xch,
                                                c->options.watch))
        return;
    if (is_held || ending_without_image(t) == ENDING_HOLD) {
        leave_suspended(t, NULL);
    } else if (libxl_session_resume(t->libxl, taking_domid(t), &err)) {
        events_fail(c->events, c->judgement.name, &err);
        if (taking_is_suspended(t))
            leave_suspended(t, NULL);
    }
}

int checkpoint_give_up(struct taking *t, const struct xr_error *why)
{
    const struct checkpoint *c = t->checkpoint;

    events_fail(c->events, c->judgement.name, why);
    /* Hooks first: what they hold up in the guest waits for no driver. */
    tell_of_failure(t);
    checkpoint_abandon_image(t);
    return -why->code;
}

static void try_resume(struct taking *t)
{
    struct xr_error *err = &t->resume_error;
    uint64_t now;
    int r = fault_step("the resume", err);

    t->resume_tried = true;
    if (!r)
        r = libxl_session_resume(t->libxl, taking_domid(t), err);
    if (r) {
        err->reason = XR_REASON_RESUME_FAILED;
        return;
    }
    now = taking_now_ns();
    if (t->suspended_at && now > t->suspended_at)
        t->outcome->freeze_ms = (double)(now - t->suspended_at) / 1e6;
    events_stage(t->checkpoint->events, stage_name(STAGE_RESUMED));
}

/* Tried once: what came of it early is what came of it. */
static int taking_resume(struct taking *t, struct xr_error *err)
{
    if (!t->resume_tried)
        try_resume(t);
    if (t->resume_error.code)
        *err = t->resume_error;
    return -t->resume_error.code;
}

/*
 * Of an HVM guest libxl still reads what the device model has in xenstore.  All
 * others it saves no more of; what it still writes is its own END.  Who is to be
 * held, or restored from an image that must first be whole, waits for that.
 */
void checkpoint_resume_early(struct taking *t)
{
    const struct checkpoint *c = t->checkpoint;

    if (t->written && t->suspended_at && !t->resume_tried
        && c->judgement.type != GUEST_HVM
        && policy_always_resumes(c->policy))
        try_resume(t);
}

/* Its image is all that it has. */
static int keep_image_of_suspended(struct taking *t,
                                   const struct xr_error *why)
{
    const struct checkpoint *c = t->checkpoint;
    struct xr_error err;

    events_fail(c->events, c->judgement.name, why);
    if (checkpoint_finish_image(t, &err))
        events_fail(c->events, c->path, &err);
    if (taking_is_suspended(t))
        leave_suspended(t, checkpoint_image_in_place(t));
    tell_of_failure(t);
    return -why->code;
}

/* The guest is suspended, the stream is written; now it is resumed. */
static int go_on(struct taking *t, struct xr_error *err)
{
    struct checkpoint *c = t->checkpoint;
    const struct target_file target = {
        .path = c->path,
        .state = TARGET_COMPLETE,
    };
    const struct watched watched = {
        c->events, &c->connection, &c->judgement, &target,
    };
    int r = taking_resume(t, err);

    if (r)
        return keep_image_of_suspended(t, err);
    r = checkpoint_finish_image(t, err);
    checkpoint_mend_libvirt(t, c->connection.xch);
    if (r)
        return checkpoint_give_up(t, err);
    r = taking_tell_hooks(t, err);
    if (r)
        return r;
    checkpoint_release_lock(c);
    events_stage(c->events, "watching");
    return watch_domain(&watched, c->options.watch, &c->pulse, err);
}

/*
 * What is known of the guest's kernel is what makes the next checkpoint safe;
 * the image lacks it if its record was not to be, or could not be written.
 */
static void hand_on_known_notes(struct taking *t)
{
    const struct checkpoint *c = t->checkpoint;
    uint32_t domid = t->outcome->domid;
    CLEANUP_FREE char *origin =
        store_read_domain(c->connection.store, domid, "image/xen-resumable");
    struct xr_error err;

    if (!origin && c->judgement.notes.count
        && known_notes_write(c->connection.store, domid, &c->judgement.notes,
                             "restore", &err))
        events_fail(c->events, c->judgement.name, &err);
}

/* With its image or without: whoever gives the domain up, knows which. */
static int stays_suspended(struct taking *t, const struct xr_error *why)
{
    const struct checkpoint *c = t->checkpoint;

    events_fail(c->events, c->judgement.name, why);
    leave_suspended(t, checkpoint_image_in_place(t));
    tell_of_failure(t);
    return -why->code;
}

static int restore_it(struct taking *t, struct xr_error *err)
{
    const struct checkpoint *c = t->checkpoint;
    const struct restore_order order = {
        .events = c->events,
        .path = c->path,
        .container = c->container,
        .domid = c->options.same_domid ? taking_domid(t) : 0,
    };
    int r = fault_step("the restore", err);

    if (!r)
        r = restore_image(&order, err);
    if (!r)
        r = store_find_domain(c->connection.store, c->judgement.name,
                              &t->outcome->domid, err);
    return r;
}

/* The domain is gone, its image is complete. */
static int is_in_its_image(struct taking *t, struct xr_error *why)
{
    const struct checkpoint *c = t->checkpoint;

    events_fail_file(c->events, c->path, why);
    events_say(c->events, MESSAGE_ERROR, "%s was not restored; its image is "
               "complete: %s %s", c->judgement.name,
               checkpoint_restored_by(c), c->path);
    tell_of_failure(t);
    return -why->code;
}

/*
 * The image is whole, verified and on the disk before the domain is given up;
 * if it is not, the domain stays, suspended, with all its memory.
 */
static int go_on_in_new_domain(struct taking *t, struct xr_error *err)
{
    int r = checkpoint_finish_image(t, err);

    if (!r && t->unjudged)
        r = error_because(err, XR_REASON_CANNOT_JUDGE, ENOTSUP, "the domain "
                          "is not destroyed, because its image cannot be "
                          "judged");
    if (!r)
        r = fault_step("the destruction", err);
    if (!r)
        r = checkpoint_destroy(t, err);
    if (r)
        return taking_is_gone(t) ? is_in_its_image(t, err)
                                 : stays_suspended(t, err);
    events_stage(t->checkpoint->events, "restoring");
    if (restore_it(t, err))
        return is_in_its_image(t, err);
    t->outcome->restored = true;
    hand_on_known_notes(t);
    return taking_tell_hooks(t, err);
}

static int stay_suspended(struct taking *t, struct xr_error *err)
{
    if (checkpoint_finish_image(t, err))
        return stays_suspended(t, err);
    leave_suspended(t, checkpoint_image_in_place(t));
    return taking_tell_hooks(t, err);
}

int checkpoint_end_without_image(struct taking *t, const struct xr_error *why)
{
    stages_wake_qemu(&t->stages);
    let_it_go_on(t);
    checkpoint_mend_libvirt(t, t->checkpoint->connection.xch);
    return checkpoint_give_up(t, why);
}

int checkpoint_end(struct taking *t, struct xr_error *err)
{
    stages_hide(&t->stages);
    switch (policy_ending(t->checkpoint->policy, true)) {
    case ENDING_RESTORE:
        return go_on_in_new_domain(t, err);
    case ENDING_HOLD:
        return stay_suspended(t, err);
    case ENDING_RESUME:
        break;
    }
    return go_on(t, err);
}
