/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * At every instant of this either the domain lives or its image is complete
 * and on the disk.
 */
#include "config.h"

#include "engine/checkpoint_disks.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "domain/request.h"
#include "util/cleanup.h"
#include "util/fault.h"

uint64_t taking_now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* What the save hook says (hook/checkpoint.c). */

static void take_line(struct taking *t, const char *line)
{
    unsigned long long at;
    unsigned int round;

    if (sscanf(line, "suspended %llu", &at) == 1) {
        t->suspended_at = at;
        if (t->flat)
            flat_image_hold(t->flat);
        events_stage(t->checkpoint->events, "suspended");
    }
    if (!strcmp(line, "begun"))
        t->begun = true;
    if (!strcmp(line, "written"))
        t->written = true;
    if (sscanf(line, "round %u", &round) == 1)
        t->outcome->rounds = round;
}

/* Of a line that is too long, which the hook writes none of, the end is dropped. */
static void take_told_byte(struct taking *t, char byte)
{
    if (byte != '\n') {
        if (t->told_length < sizeof(t->told) - 1)
            t->told[t->told_length++] = byte;
        return;
    }
    t->told[t->told_length] = '\0';
    t->told_length = 0;
    take_line(t, t->told);
}

/* A line may come in several pieces. */
static void on_readable(void *data)
{
    struct taking *t = data;
    char piece[4096];
    ssize_t i, n = read(t->progress[0], piece, sizeof(piece));

    for (i = 0; i < n; i++)
        take_told_byte(t, piece[i]);
}

static uint64_t bytes_taken(const struct taking *t)
{
    struct stat st;

    if (t->flat)
        return flat_image_done(t->flat);
    return new_image_is_file(&t->image) && !fstat(t->image.fd, &st)
           ? (uint64_t)st.st_size : 0;
}

bool taking_tell_progress(const struct taking *t)
{
    const struct checkpoint *c = t->checkpoint;

    return events_progress(c->events, bytes_taken(t),
                           c->judgement.domain.pages * 4096);
}

static void on_tick(void *data)
{
    struct taking *t = data;

    checkpoint_resume_early(t);
    t->stop = t->stop || taking_tell_progress(t)
              || (t->flat && flat_image_has_failed(t->flat));
}

/*
 * Not before libxl-save-helper is there: libxl crashes if its stream ends
 * sooner, for helper_done() calls a callback that is not set yet
 * (libxl_save_callout.c; seen with 4.17, and the same in 4.21).
 */
static bool wants_stop(void *data)
{
    const struct taking *t = data;

    return t->stop && t->begun;
}

/* How the save hook hears of it. */
static int taking_announce(const struct taking *t, struct xr_error *err)
{
    const struct checkpoint *c = t->checkpoint;
    struct request request = {
        .intent = INTENT_CHECKPOINT,
        /* Also for the resume door, where "restore" is "hold". */
        .policies = c->options.policies,
        .live = c->live,
        .image = c->path,
        .hook_dir = c->options.hook_dir,
        .labels = c->options.labels,
        .max_freeze = c->options.max_freeze,
        .progress_fd = t->progress[1],
        .stages_fd = -1,
    };
    int r = stages_announce(&t->stages, &request, err);

    return r ? r : request_announce(&request, err);
}

static int taking_save(struct taking *t, struct xr_error *err)
{
    const struct libxl_watcher watcher = {
        .fd = t->progress[0],
        .on_readable = on_readable,
        .on_tick = on_tick,
        .wants_stop = wants_stop,
        .data = t,
    };
    int r = fault_step("the save", err);
    bool is_why;

    if (!r && events_progress(t->checkpoint->events, 0, 0))
        r = error_set(err, ECANCELED, "stopped on request");
    if (r)
        return r;
    events_stage(t->checkpoint->events, "saving");
    (void)disk_plan_settle(&t->checkpoint->disks);
    r = libxl_session_save(t->libxl, taking_domid(t), t->stream, &watcher,
                           err);
    /* Before its stream ends, whose end may be the save's. */
    is_why = r && t->flat && flat_image_has_failed(t->flat);
    checkpoint_end_stream(t);
    t->saved = !r;
    on_readable(t); /* what came last */
    if (is_why)
        r = flat_image_finish(t->flat, NULL, err);
    /* What is started from now on must not inherit it. */
    cleanup_close(&t->progress[1]);
    t->progress[1] = -1;
    if (!r && !t->suspended_at)
        r = error_set(err, EIO, "the plugin was not loaded during the save, "
                      "and no hook ran; see xen-resumable doctor");
    return r ? r : fault_step("the end of the save", err);
}

static int post_guardian(struct taking *t, struct xr_error *err)
{
    const struct guardian_order order = {
        .events = t->checkpoint->events,
        .lock = &t->checkpoint->lock,
        .temporary = t->image.temporary,
        .image = checkpoint_image_name(t->checkpoint),
        .copies = &t->copies,
        .judgement = &t->checkpoint->judgement,
        .stages = &t->stages,
        .hold = policy_ending(t->checkpoint->policy, false) == ENDING_HOLD,
        .afterwards = checkpoint_tell_after_kill,
        .data = t,
    };

    return guardian_post(&t->guardian, &order, err);
}

/* Up to the moment at which the guest is asked to suspend. */
static int taking_prepare(struct taking *t, struct xr_error *err)
{
    int r = new_image_name(&t->image, t->checkpoint->path, err);

    if (!r)
        r = post_guardian(t, err);
    if (!r) {
        events_stage(t->checkpoint->events, stage_name(STAGE_PRE_SUSPEND));
        r = stages_begin(&t->stages, err);
        if (r)
            err->reason = XR_REASON_HOOK_FAILED;
    }
    if (!r)
        r = checkpoint_read_xml(t, err);
    if (!r)
        r = checkpoint_open_image(t, err);
    return r ? r : checkpoint_write_head(t, err);
}

/* A save fails, too, if the guest ends meanwhile: that is what counts then. */
static void name_guests_end(const struct taking *t, struct xr_error *err)
{
    const struct checkpoint *c = t->checkpoint;
    uint32_t domid;

    switch (guest_fate_read(c->connection.xch, &c->judgement.domain, &domid)) {
    case FATE_CRASHED:
        error_within(err, XR_REASON_GUEST_DIED, "it has crashed");
        break;
    case FATE_SHUT_DOWN:
        error_within(err, XR_REASON_GUEST_DIED, "it has shut down");
        break;
    case FATE_GONE:
        error_within(err, XR_REASON_GUEST_DIED, "its domain is gone");
        break;
    default:
        break;
    }
}

static int taking_run(struct taking *t, struct xr_error *err)
{
    int r = taking_prepare(t, err);

    if (r)
        return checkpoint_give_up(t, err);
    r = taking_save(t, err);
    if (!r)
        return checkpoint_end(t, err);
    if (r == -ETIMEDOUT)
        err->reason = XR_REASON_DID_NOT_SUSPEND;
    (void)stages_disks_failed(&t->stages, err);
    name_guests_end(t, err);
    return checkpoint_end_without_image(t, err);
}

static int taking_open_stages(struct taking *t, struct xr_error *err)
{
    const struct checkpoint *c = t->checkpoint;
    const struct stage_order order = {
        .dir = c->options.hook_dir,
        .timeout = c->config.hook_timeout,
        .image = c->path,
        .keep = c->options.keep,
        .id = c->id,
    };

    return stages_open(&t->stages, &order, &c->judgement, err);
}

/* The writing end of its progress is libxl-save-helper's, too. */
static int taking_begin(struct taking *t, struct xr_error *err)
{
    int r;

    if (pipe(t->progress) || fcntl(t->progress[0], F_SETFD, FD_CLOEXEC)
        || fcntl(t->progress[0], F_SETFL, O_NONBLOCK))
        return error_system(err, errno, "a pipe");
    r = taking_open_stages(t, err);
    if (!r)
        r = taking_begin_copies(t, err);
    if (!r)
        r = taking_hand_plan(t, err);
    return r ? r : taking_announce(t, err);
}

static void close_taking(struct taking *t)
{
    checkpoint_abandon_image(t);
    heir_dismiss(&t->guardian);
    stages_close(&t->stages);
    keylist_free(&t->facts);
    checkpoint_release_lock(t->checkpoint);
    /* It may take long, and nobody is to wait for it. */
    copies_removal_end(&t->going, t->checkpoint->events);
    cleanup_close(&t->progress[0]);
    cleanup_close(&t->progress[1]);
    free(t->xml);
    libxl_session_close(t->libxl);
}

/*
 * That the guest does not run counts for more than why it came to that, unless
 * it was to be held, and is.
 */
static void name_reason(const struct taking *t, struct xr_error *err)
{
    bool complete = stages_image_is_in_place(&t->stages);
    bool is_as_wanted = complete && policy_ending(t->checkpoint->policy, true)
                                    == ENDING_HOLD;

    if (t->fate == FATE_SUSPENDED && !is_as_wanted)
        error_within(err, XR_REASON_RESUME_FAILED, "it stays suspended");
    else if (t->fate == FATE_GONE && complete)
        error_within(err, XR_REASON_RESUME_FAILED, "it is in its image only");
    else if (err->reason == XR_REASON_SYSTEM && !complete)
        err->reason = XR_REASON_SAVE_FAILED;
}

int checkpoint_take(struct checkpoint *c, struct checkpoint_outcome *out,
                    struct xr_error *err)
{
    CLEANUP(close_taking) struct taking t = {
        .checkpoint = c,
        .outcome = out,
        .image = { .fd = -1 },
        .stream = -1,
        .guardian = HEIR_NONE,
        .stages = STAGES_NONE,
        .copies = DISK_COPIES_NONE,
        .going = DISK_COPIES_NONE,
        .progress = { -1, -1 },
    };
    uint64_t began = taking_now_ns();
    int r;

    fault_begin();
    fault_role(FAULT_CHECKPOINT);
    *out = (struct checkpoint_outcome){ .domid = taking_domid(&t) };
    r = libxl_session_open(&t.libxl, err);
    if (!r)
        r = taking_begin(&t, err);
    if (r)
        return events_fail(c->events, "checkpoint", err);
    r = taking_run(&t, err);
    if (r)
        name_reason(&t, err);
    out->total_ms = (double)(taking_now_ns() - began) / 1e6;
    return r;
}
