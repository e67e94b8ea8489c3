/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * All that can be asked is asked while the domain goes on.
 */
#include "config.h"

#include "engine/rollback.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "engine/configuration.h"
#include "engine/disk_copies.h"
#include "engine/rollback_state.h"
#include "lib/config_edit.h"
#include "util/cleanup.h"
#include "util/fault.h"
#include "xen/domain.h"

/* --- what restore and checkpoint tell */

static void pass_stage(void *data, const char *stage)
{
    const struct rollback *rb = data;

    events_stage(rb->events, stage);
}

/* Once the domain is gone, to stop would be to leave it so. */
static int pass_progress(void *data, uint64_t done, uint64_t total)
{
    const struct rollback *rb = data;

    return events_progress(rb->events, done, total) && !rb->past_return;
}

static void pass_message(void *data, enum message_level level,
                         const char *text)
{
    const struct rollback *rb = data;

    if (rb->quiet && level == MESSAGE_ERROR)
        level = MESSAGE_WARNING;
    events_say(rb->events, level, "%s", text);
}

struct rollback *rollback_new(const struct events *events)
{
    struct rollback *rb = calloc(1, sizeof(*rb));

    if (!rb)
        return NULL;
    rb->events = events;
    rb->inner = (struct events){
        .data = rb,
        .stage = pass_stage,
        .progress = pass_progress,
        .message = pass_message,
    };
    rb->lock = (struct lock)LOCK_NONE;
    rb->image_fd = -1;
    configuration_read(&rb->config, events);
    rb->options.watch = rb->config.watch;
    return rb;
}

void rollback_free(struct rollback *rb)
{
    if (!rb)
        return;
    checkpoint_free(rb->safety);
    restore_free(rb->restore);
    lock_release(&rb->lock);
    connection_close(&rb->connection);
    config_free(&rb->config);
    rollback_note_free(&rb->former);
    cleanup_close(&rb->image_fd);
    buffer_free(&rb->labels);
    buffer_free(&rb->as_it_is);
    free(rb->safety_path);
    free(rb->image);
    free(rb->name);
    free(rb->name_in_image);
    free(rb->next);
    free(rb);
}

struct rollback_options *rollback_options(struct rollback *rb)
{
    return &rb->options;
}

static const char *rollback_subject(const struct rollback *rb)
{
    return rb->name ? rb->name : rb->options.domain;
}

/* While an image is chosen, the next one may do. */
static enum message_level refusal_level(const struct rollback *rb)
{
    return rb->quiet ? MESSAGE_WARNING : MESSAGE_ERROR;
}

int rollback_stays(const struct rollback *rb, const struct xr_error *err)
{
    events_say(rb->events, refusal_level(rb), "%s is not rolled back; %s",
               rollback_subject(rb), rb->is_there
               ? "neither it nor its disks were touched"
               : "nothing was done");
    return -err->code;
}

static void say_what_it_is_now(const struct rollback *rb)
{
    const char *name = rollback_subject(rb);

    if (!rb->is_there)
        events_say(rb->events, MESSAGE_ERROR, "%s is not rolled back, and has no "
                   "domain any more; its disks were not put back. What was "
                   "before is in %s: xen-resumable restore brings it back",
                   name, rb->safety_path);
    else
        events_say(rb->events, MESSAGE_ERROR, "%s is not rolled back; its disks "
                   "were not touched, and domain %u %s", name,
                   rb->domain.domid, domain_state(&rb->domain));
}

int rollback_stays_as_it_is(struct rollback *rb, const struct xr_error *err)
{
    struct xr_error why;
    int r = rb->safety ? rollback_look(rb, &why) : 0;

    if (r && r != -ENOENT)
        events_say(rb->events, MESSAGE_ERROR, "%s is not rolled back; its disks "
                   "were not touched. What became of it is not known: %s",
                   rollback_subject(rb), why.message);
    else if (r || (rb->is_there && (rb->domain.paused || rb->domain.shutdown)))
        say_what_it_is_now(rb);
    else
        rollback_stays(rb, err);
    return -err->code;
}

int rollback_refuse(const struct rollback *rb, const struct xr_error *err)
{
    events_say(rb->events, refusal_level(rb), "%s is not rolled back: %s. %s",
               rollback_subject(rb), err->message, rb->is_there
               ? "Neither it nor its disks were touched."
               : "Nothing was done.");
    return -err->code;
}

/* --- the domain */

int rollback_keep_uuid(struct rollback *rb, const char *uuid,
                       struct xr_error *err)
{
    if (!config_is_uuid(uuid))
        return error_because(err, XR_REASON_NOT_SOUND, EINVAL,
                             "%.60s is not a uuid", uuid);
    config_lower_uuid(uuid, rb->uuid);
    return 0;
}

int rollback_look(struct rollback *rb, struct xr_error *err)
{
    CLEANUP_FREE struct domain *domains = NULL;
    size_t count = 0, i;
    int r = domain_list(rb->connection.xch, &domains, &count, err);

    rb->is_there = false;
    rb->domain = (struct domain){ .domid = 0 };
    for (i = 0; !r && i < count && !rb->is_there; i++)
        if (!domains[i].dying && !strcasecmp(domains[i].uuid, rb->uuid)) {
            rb->domain = domains[i];
            rb->is_there = true;
        }
    return r ? r : rb->is_there ? 0 : -ENOENT;
}

/* By name or number.  -ENOENT: it is gone, or never was. */
static int find_subject(struct rollback *rb, struct xr_error *err)
{
    uint32_t domid;
    int r = store_find_domain(rb->connection.store, rb->options.domain, &domid,
                              err);

    if (r)
        return r;
    if (!domid)
        return error_because(err, XR_REASON_IS_DOMAIN_0, EPERM, "Domain-0 "
                             "cannot be restored");
    r = domain_read(rb->connection.xch, domid, &rb->domain, err);
    if (r)
        return r;
    rb->is_there = true;
    rb->name = store_read_domain(rb->connection.store, domid, "name");
    if (!rb->name)
        return error_set(err, EIO, "the name of domain %u cannot be read",
                         domid);
    return rollback_keep_uuid(rb, rb->domain.uuid, err);
}

static int read_former_note(struct rollback *rb, struct xr_error *err)
{
    int r = rb->is_there
            ? rollback_note_read(rb->uuid, &rb->former, err)
            : rollback_note_find(rb->options.domain, &rb->former, err);

    return r == -ENOENT || (r && rb->is_there) ? 0 : r;
}

/* Of one that is gone: its note, or else the image that was named, says who. */
static int find_rollback_domain(struct rollback *rb, struct xr_error *err)
{
    int r = connection_open(&rb->connection, err);

    if (r)
        return events_fail(rb->events, "rollback", err);
    r = find_subject(rb, err);
    if (r && r != -ENOENT)
        return rollback_refuse(rb, err);
    if (read_former_note(rb, err) || rollback_name_image(rb, err))
        return rollback_refuse(rb, err);
    return 0;
}

/* --- its lock */

static void say_rollback_waits(const char *for_whom, const void *data)
{
    const struct rollback *rb = data;

    events_say(rb->events, MESSAGE_INFO, "%s: waiting for %s",
               rollback_subject(rb), for_whom);
}

static bool rollback_is_to_stop(const void *data)
{
    const struct rollback *rb = data;

    return events_progress(rb->events, 0, 0);
}

/*
 * Another rollback may have been at it until now: what was known of the domain
 * and of its note is old.
 */
static int look_at_domain_again(struct rollback *rb, struct xr_error *err)
{
    int r = rollback_look(rb, err);

    if (r && r != -ENOENT)
        return r;
    rollback_note_free(&rb->former);
    r = rollback_note_read(rb->uuid, &rb->former, err);
    return r == -ENOENT || r == -EBADMSG ? 0 : r;
}

static int take_rollback_lock(struct rollback *rb, struct xr_error *err)
{
    const struct lock_wish wish = {
        .uuid = rb->uuid,
        .domid = rb->domain.domid,
        .intent = INTENT_ROLLBACK,
        .timeout = rb->config.lock_timeout,
        .on_wait = say_rollback_waits,
        .wants_stop = rollback_is_to_stop,
        .data = rb,
    };
    int r = rb->options.dry_run ? 0 : lock_take(&wish, &rb->lock, err);

    if (r == -EBUSY)
        err->reason = XR_REASON_LOCKED;
    if (!r)
        r = look_at_domain_again(rb, err);
    return r ? rollback_refuse(rb, err) : 0;
}

/* --- the rest */

/*
 * One that was killed in the middle of the destruction may have left half a domain,
 * which stands still; in the middle of the restore, one that has never run.
 */
static bool is_half_a_domain(const struct rollback *rb)
{
    const struct domain *d = &rb->domain;

    if (!rb->former.name || !rollback_note_is_of_this_boot(&rb->former))
        return false;
    return rb->former.domid == d->domid ? d->paused || d->shutdown
                                        : d->paused && !d->cpu_time;
}

/* Does it go on with one that has not ended? */
static int ask_about_former(struct rollback *rb, struct xr_error *err)
{
    rb->is_half = rb->is_there && is_half_a_domain(rb);
    rb->goes_on = rb->former.name && (rb->is_half || !rb->is_there);
    if (rb->goes_on || !rb->is_formers)
        return 0;
    error_because(err, XR_REASON_LOCKED, EBUSY, "it was rolled back just now");
    return rollback_refuse(rb, err);
}

static int ask_about_stop(struct rollback *rb, struct xr_error *err)
{
    if (!events_progress(rb->events, 0, 0))
        return 0;
    error_set(err, ECANCELED, "stopped on request");
    return rollback_refuse(rb, err);
}

/* As the checkpoint of what is now would, but before the lock. */
static int clear_copies(struct rollback *rb, struct xr_error *err)
{
    (void)err;
    if (!rb->options.dry_run && !rb->options.no_safety)
        copies_sweep(&rb->inner);
    return 0;
}

int rollback_ask(struct rollback *rb, struct xr_error *err)
{
    static int (*const questions[])(struct rollback *, struct xr_error *) = {
        find_rollback_domain, clear_copies, take_rollback_lock, ask_about_former,
        rollback_ask_toolstack, rollback_find_image, ask_about_stop, rollback_ask_safety,
        ask_about_stop,
    };
    size_t i;
    int r = 0;

    fault_begin();
    fault_role(FAULT_ROLLBACK);
    for (i = 0; !r && i < sizeof(questions) / sizeof(questions[0]); i++) {
        r = fault_step("a question", err);
        r = r ? rollback_refuse(rb, err) : questions[i](rb, err);
    }
    return r;
}

void rollback_describe(const struct rollback *rb, struct rollback_plan *out)
{
    *out = (struct rollback_plan){
        .domain = rb->name,
        .domid = rb->domain.domid,
        .image = rb->image,
        .safety = rb->safety ? rb->safety_path : NULL,
        .goes_on = rb->goes_on,
    };
    if (rb->restore)
        restore_describe(rb->restore, &out->restore);
}
