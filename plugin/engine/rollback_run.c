/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From the destruction on the domain is in its image and its copies alone: a note
 * on the disk says so, nothing stops this any more, and every failure says by
 * which command it goes on.
 *
 * Killed at any instant: before the note, the domain goes on as before.  After it
 * the image, the copies and the note are there, whatever the disks are.
 */
#include "config.h"

#include "engine/rollback.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/rollback_state.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/fault.h"
#include "xen/domain.h"

enum {
    RELEASE_MS = 60 * 1000, /* for who has the disks, and for Xen */
    RELEASE_PAUSE_NS = 100 * 1000 * 1000,
};

/* --- if this process is killed */

static void say_how_it_goes_on(const struct rollback *rb)
{
    events_say(rb->events, MESSAGE_ERROR, "%s is in %s, and has no domain; its "
               "disks may be put back in part. It goes on by: %s", rb->name,
               rb->image, rb->next);
    if (rb->note.safety)
        events_say(rb->events, MESSAGE_INFO, "What was before is in %s",
                   rb->note.safety);
}

/* Somebody else has made it, and it writes to whatever its disks are. */
static void say_whose_it_is(const struct rollback *rb)
{
    events_say(rb->events, MESSAGE_ERROR, "The rollback did not make domain %u, "
               "which has the uuid of %s; its disks may be put back in part. "
               "%s destroy %u ends it, and the rollback goes on by: %s",
               rb->domain.domid, rb->name, rollback_destroyed_by(rb),
               rb->domain.domid, rb->next);
}

/* The toolstack, and who waited for it, were killed, too. */
static void say_that_it_may_be_back(const struct rollback *rb)
{
    CLEANUP_FREE char *path = rollback_note_path(rb->uuid);

    events_say(rb->events, MESSAGE_ERROR, "Domain %u has the uuid of %s, and "
               "nobody can tell whether the rollback made it. If it is as it "
               "should be, remove %s; else %s destroy %u ends it, and the "
               "rollback goes on by: %s", rb->domain.domid, rb->name,
               path ? path : "the note", rollback_destroyed_by(rb),
               rb->domain.domid, rb->next);
}

/* It runs, as it was or as it is to be: neither is half of anything. */
static bool is_domain_whole(struct rollback *rb, struct xr_error *err)
{
    return !rollback_look(rb, err) && !rb->domain.paused
           && !rb->domain.shutdown;
}

/* It was never given up. */
static bool is_former_domain(const struct rollback *rb)
{
    return rb->is_there && rb->domain.domid == rb->note.domid;
}

/*
 * What became of the guest, and what is left to be said or done of it; the note
 * goes if nothing is.  was_made: by this rollback.
 */
static enum guest_fate end_by_facts(struct rollback *rb, bool was_made)
{
    struct xr_error err;

    if (!is_domain_whole(rb, &err)) {
        say_how_it_goes_on(rb);
        return FATE_GONE;
    }
    if (!was_made && is_former_domain(rb) && rb->is_libvirts) {
        rollback_say_it_may_end(rb);
        return FATE_RUNS;
    }
    if (!was_made && !is_former_domain(rb)) {
        if (restore_is_told(rb->restore))
            say_whose_it_is(rb);
        else
            say_that_it_may_be_back(rb);
        return FATE_UNKNOWN;
    }
    if (rollback_note_remove(rb->uuid, &err))
        events_fail(rb->events, rb->name, &err);
    return was_made ? FATE_RESTORED : FATE_RUNS;
}

/* In the heir, once the driver or the toolstack that was at work has ended. */
static void rollback_inherit(void *data)
{
    struct rollback *rb = data;
    enum guest_fate guest = FATE_UNKNOWN;
    struct xr_error err;

    restore_disks_wait(rb->restore);
    (void)lock_adopt(&rb->lock, NULL);
    rb->connection = (struct connection){ .xch = NULL };
    events_say(rb->events, MESSAGE_WARNING, "the rollback of %s was killed",
               rb->name);
    if (connection_open(&rb->connection, &err))
        events_fail(rb->events, rb->name, &err);
    else
        guest = end_by_facts(rb, restore_was_made(rb->restore));
    (void)restore_hooks_end(rb->restore, guest, rb->domain.domid, &err);
    lock_release(&rb->lock);
}

/* --- the destruction */

static void list_as_it_is(struct rollback *rb)
{
    const struct disk_names *names = &rb->options.as_it_is;
    size_t i;

    for (i = 0; i < names->count; i++)
        buffer_printf(&rb->as_it_is, "%s%s", i ? " " : "", names->items[i]);
}

static int make_note(struct rollback *rb, struct xr_error *err)
{
    list_as_it_is(rb);
    /* By its name in the image it is found, once it is gone, without the note, too. */
    rb->note = (struct rollback_note){
        .name = rb->name_in_image,
        .uuid = rb->uuid,
        .image = rb->image,
        .safety = rb->safety ? rb->safety_path : rb->former.safety,
        .as_it_is = rb->as_it_is.length ? rb->as_it_is.data : NULL,
        .inode = rb->seen.st_ino,
        .domid = rb->domain.domid,
    };
    rb->next = rollback_command(&rb->note);
    return rb->next && !buffer_failed(&rb->as_it_is)
           ? 0 : error_set(err, ENOMEM, "out of memory");
}

/* Nothing was lost: what was known before holds. */
static void take_note_back(struct rollback *rb)
{
    struct xr_error err;

    if (!(rb->former.name && (rb->is_half || !rb->is_there))
        && rollback_note_remove(rb->uuid, &err))
        events_fail(rb->events, rb->name, &err);
}

/* On the disk before anything is lost. */
static int write_note(struct rollback *rb, struct xr_error *err)
{
    int r = fault_step("the note", err);

    if (!r)
        r = rollback_note_write(&rb->note, err);
    if (!r)
        return 0;
    take_note_back(rb);
    return rollback_refuse(rb, err);
}

/* By its uuid: it may have been restored, or have started anew, since. */
static int destroy_domain(struct rollback *rb, struct xr_error *err)
{
    int r = rollback_look(rb, err);

    if (r)
        return r == -ENOENT ? 0 : r;
    events_stage(rb->events, "destroying");
    r = rollback_destroy(rb, err);
    /* A policy may have left it suspended, and that is over. */
    if (!r)
        (void)lock_set_state(rb->uuid, LOCK_RUNNING, NULL);
    return r;
}

/* Also of one that is dying: Xen keeps it while a backend has pages of it. */
static bool is_domid_there(const struct rollback *rb, uint32_t domid)
{
    struct domain d;

    return domid && !domain_read(rb->connection.xch, domid, &d, NULL)
           && !strcmp(d.uuid, rb->uuid);
}

static int await_release(const struct rollback *rb, uint32_t domid,
                         struct xr_error *err)
{
    const struct timespec pause = { .tv_nsec = RELEASE_PAUSE_NS };
    uint64_t until = clock_ms() + RELEASE_MS;
    bool there;
    int r;

    for (;;) {
        there = is_domid_there(rb, domid);
        r = restore_disks_refuse_used(rb->restore, err);
        if ((r && r != -EBUSY) || (!r && !there) || clock_ms() >= until)
            break;
        nanosleep(&pause, NULL);
    }
    if (!r && there)
        events_say(rb->events, MESSAGE_WARNING, "Xen has not let go of domain "
                   "%u yet", domid);
    return r;
}

/* --- the way back */

static int go_back(struct rollback *rb, const struct heir *heir,
                   struct rollback_outcome *out, struct xr_error *err)
{
    uint32_t domid;
    int r = fault_step("the destruction", err);

    rb->destroyed_at = clock_ms();
    if (!r)
        r = destroy_domain(rb, err);
    domid = rb->domain.domid;
    if (!r)
        r = fault_step("the wait", err);
    if (!r)
        r = await_release(rb, domid, err);
    if (!r)
        r = fault_step("the restore", err);
    if (r)
        return events_fail(rb->events, rb->name, err);
    r = restore_make(rb->restore, heir, &out->restore, err);
    out->down_ms = (double)(clock_ms() - rb->destroyed_at);
    return r;
}

/*
 * Whatever has failed: if the domain is there, what was begun has ended, or nothing
 * has begun.
 */
static void end_note(struct rollback *rb, struct rollback_outcome *out,
                     const struct xr_error *why)
{
    struct xr_error err;
    bool whole = is_domain_whole(rb, &err) || (!why && rb->is_there);
    bool is_former = is_former_domain(rb);

    out->guest = !whole ? "gone" : out->restore.made ? "restored"
                 : is_former ? "runs" : NULL;
    if (!out->guest || !whole || rb->may_end_yet) {
        out->next = rb->next;
        if (rb->may_end_yet && whole)
            rollback_say_it_may_end(rb);
        else if (whole)
            say_whose_it_is(rb);
        else
            say_how_it_goes_on(rb);
        return;
    }
    if (why && is_former)
        rollback_stays(rb, why);
    if (rollback_note_remove(rb->uuid, &err))
        events_fail(rb->events, rb->name, &err);
}

/* A checkpoint may have left it suspended, and it may be gone. */
static const char *what_it_is(struct rollback *rb)
{
    struct xr_error err;
    int r = rollback_look(rb, &err);

    if (r)
        return r == -ENOENT ? "gone" : NULL;
    return rb->domain.paused || rb->domain.shutdown ? NULL : "runs";
}

static enum guest_fate outcome_fate(const struct rollback_outcome *out)
{
    return !out->guest ? FATE_UNKNOWN
           : !strcmp(out->guest, "restored") ? FATE_RESTORED
           : !strcmp(out->guest, "runs") ? FATE_RUNS : FATE_GONE;
}

/* The hooks' failure is one of the rollback's, if it has none of its own. */
static int tell_way_hooks(struct rollback *rb, struct rollback_outcome *out,
                          int r, struct xr_error *err)
{
    struct xr_error why;
    enum guest_fate guest = outcome_fate(out);
    uint32_t domid = guest == FATE_RESTORED ? out->restore.domid
                     : guest == FATE_RUNS ? rb->domain.domid : 0;
    int failed = restore_hooks_end(rb->restore, guest, domid, &why);

    if (r || !failed)
        return r;
    *err = why;
    return failed;
}

/* The domain is as it was: a checkpoint may have left it suspended. */
static int begin_way(struct rollback *rb, struct xr_error *err)
{
    int r = way_begin(&rb->restore->way, rb->domain.domid, err);

    return r ? rollback_refuse(rb, err) : write_note(rb, err);
}

/* The heir ends after the note: else it would find one of nobody's. */
static int destroy_and_go_back(struct rollback *rb,
                               struct rollback_outcome *out,
                               struct xr_error *err)
{
    struct heir heir = HEIR_NONE;
    int r = heir_appoint(&heir, rb->events, rollback_inherit, rb, err);

    if (r)
        return rollback_refuse(rb, err);
    r = begin_way(rb, err);
    if (r) {
        out->guest = what_it_is(rb);
    } else {
        rb->past_return = true;
        r = go_back(rb, &heir, out, err);
        if (!r && fault_step("the end", err))
            r = events_fail(rb->events, rb->name, err);
        end_note(rb, out, r ? err : NULL);
    }
    r = tell_way_hooks(rb, out, r, err);
    heir_dismiss(&heir);
    return r;
}

/* All that was asked before what is now was kept, once more. */
static int ask_again(struct rollback *rb, struct xr_error *err)
{
    int r = 0;

    if (events_progress(rb->events, 0, 0))
        r = error_set(err, ECANCELED, "stopped on request");
    /* The copies that were just made have taken of the room that there was. */
    if (!r)
        r = restore_disks_check(rb->restore, err);
    if (!r)
        r = rollback_check_image(rb, err);
    return r;
}

/* The guest may have gone on in a new domain after the checkpoint. */
static int rollback_prepare(struct rollback *rb, struct rollback_outcome *out,
                            struct xr_error *err)
{
    int r = rollback_keep_safety(rb, err);

    if (!r) {
        r = ask_again(rb, err);
        if (!r)
            r = rollback_look(rb, err);
        if (!r || r == -ENOENT)
            r = make_note(rb, err);
        if (r) {
            events_fail(rb->events, rb->name, err);
            rollback_stays_as_it_is(rb, err);
        }
    }
    if (r)
        out->guest = what_it_is(rb);
    return r;
}

int rollback_run(struct rollback *rb, struct rollback_outcome *out,
                 struct xr_error *err)
{
    uint64_t began = clock_ms();
    int r;

    *out = (struct rollback_outcome){ .guest = "runs" };
    r = rollback_prepare(rb, out, err);
    if (!r)
        r = destroy_and_go_back(rb, out, err);
    out->safety = rb->note.safety;
    if (!r)
        r = restore_look_after(rb->restore, err);
    out->total_ms = (double)(clock_ms() - began);
    if (r && err->reason == XR_REASON_SYSTEM && out->next)
        err->reason = XR_REASON_RESUME_FAILED;
    return r;
}
