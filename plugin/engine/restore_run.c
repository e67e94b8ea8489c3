/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * All has been asked: the toolstack makes the domain, and it is looked after
 * for a moment.
 */
#include "config.h"

#include "engine/restore_state.h"

#include <errno.h>
#include <sys/stat.h>

#include "engine/disk_use.h"
#include "engine/heir.h"
#include "engine/plugin_files.h"
#include "engine/restore_image.h"
#include "engine/rollback_note.h"
#include "engine/watch.h"
#include "lib/config_edit.h"
#include "lib/stored_kernel.h"
#include "util/clock.h"
#include "util/fault.h"
#include "util/same_file.h"

static int find_new_domain(struct restore *r, struct xr_error *err)
{
    const struct judge_aids aids = {
        .overrides = &r->config.overrides,
        .stored_kernel = stored_kernel_notes,
    };
    uint32_t domid;
    int status = connection_open(&r->connection, err);

    if (!status)
        status = store_find_domain(r->connection.store, r->domain.name,
                                   &domid, err);
    if (!status)
        status = judge_domain_with(r->connection.xch, r->connection.store,
                                   domid, &aids, &r->judgement, err);
    return status ? events_fail(r->events, r->domain.name, err) : 0;
}

/* Verifying an image takes its time, in which somebody may start a domain. */
static int ask_about_disks_again(const struct restore *r,
                                 struct xr_error *err)
{
    CLEANUP_CONNECTION struct connection connection = { 0 };
    int status = connection_open(&connection, err);

    if (!status)
        status = disk_use_refuse(&connection, &r->domain, err);
    if (status == -EBUSY)
        return restore_refuse(r, err);
    return status ? events_fail_file(r->events, r->options.path, err) : 0;
}

/*
 * It was verified, and its disks were copied, which takes its time: a checkpoint of
 * the original may have put another image in its place, of which neither is true.
 * Whoever goes back holds the image itself.
 */
static int check_image_again(const struct restore *r, struct xr_error *err)
{
    struct stat now;

    if (r->image_fd
        || (!stat(r->options.path, &now) && file_is_as_seen(&now, &r->seen)))
        return 0;
    error_because(err, XR_REASON_LOCKED, EBUSY, "it was changed or replaced "
                  "after it was verified");
    return restore_refuse(r, err);
}

/* What the disks are after a failure, only the next attempt will tell. */
static int put_disks_back(struct restore *r, struct xr_error *err)
{
    int status = way_put_back(&r->way, err);

    if (!status)
        status = restore_disks_put_back(r, err);
    if (!status)
        return 0;
    if (status == -EBUSY)
        return restore_refuse(r, err);
    events_fail_file(r->events, r->options.path, err);
    if (!restore_note_say(r))
        events_say(r->events, MESSAGE_ERROR, "No domain was made. Some disks "
                   "may be put back, and others not: give the same command "
                   "again.");
    return status;
}

static int run_toolstack(struct restore *r, const struct heir *heir,
                         struct xr_error *err)
{
    const struct restore_order order = {
        .events = r->events,
        .heir = heir,
        .path = r->options.path,
        .fd = r->image_fd,
        .keep = r->clones.count ? r->clones.lock : 0,
        .container = r->image.container,
        .config = r->edited.text,
        .paused = r->options.paused,
        .end = r->way.page ? &r->way.page->toolstack : NULL,
    };
    int status = plugin_preload(err);

    if (!status)
        status = fault_step("the toolstack", err);
    if (status)
        return events_fail(r->events, "restore", err);
    status = restore_image(&order, err);
    if (!status)
        return 0;
    if (err->reason == XR_REASON_SYSTEM)
        err->reason = XR_REASON_RESUME_FAILED;
    return events_fail_file(r->events, r->options.path, err);
}

/* The domain is there. */
int restore_look_after(struct restore *r, struct xr_error *err)
{
    const struct target_file target = {
        .path = r->options.path,
        .state = TARGET_COMPLETE,
    };
    const struct watched watched = {
        r->events, &r->connection, &r->judgement, &target,
    };

    if (r->options.paused)
        return 0;
    events_stage(r->events, "watching");
    return watch_domain(&watched, r->options.watch, NULL, err);
}

/* The last moment at which nothing has been made. */
static int ask_whether_to_stop(const struct restore *r, struct xr_error *err)
{
    if (!events_progress(r->events, 0, 0))
        return 0;
    error_set(err, ECANCELED, "stopped on request");
    return restore_refuse(r, err);
}

static int make_domain(struct restore *r, const struct heir *heir,
                       struct restore_outcome *out, struct xr_error *err)
{
    uint64_t began = clock_ms();
    int status = put_disks_back(r, err);

    out->put_back_ms = (double)(clock_ms() - began);
    if (!status)
        status = restore_clones_make(r, err);
    if (status)
        return status;
    events_stage(r->events, "restoring");
    status = check_image_again(r, err);
    if (!status)
        status = run_toolstack(r, heir, err);
    restore_clones_end(r, !status);
    out->total_ms = (double)(clock_ms() - began);
    return status;
}

int restore_make(struct restore *r, const struct heir *heir,
                 struct restore_outcome *out, struct xr_error *err)
{
    int status = ask_about_disks_again(r, err);

    *out = (struct restore_outcome){ .seal = r->seal };
    if (!status)
        status = check_image_again(r, err);
    if (!status)
        status = make_domain(r, heir, out, err);
    out->made = !status;
    if (!status)
        status = find_new_domain(r, err);
    if (status)
        return status;
    out->domid = r->judgement.domain.domid;
    out->resumable = r->judgement.verdict.resumable;
    out->reason = r->judgement.verdict.reason;
    return 0;
}

/* The domain is there again: what was begun of a rollback has ended. */
static void end_rollback(const struct restore *r)
{
    char uuid[LOCK_NAME_ROOM];
    struct xr_error err;

    if (!r->domain.uuid || !config_is_uuid(r->domain.uuid))
        return;
    config_lower_uuid(r->domain.uuid, uuid);
    if (rollback_note_remove(uuid, &err))
        events_fail(r->events, r->domain.name, &err);
}

/* In the heir, once the toolstack that was at work has ended. */
static void restore_inherit(void *data)
{
    struct restore *r = data;
    struct xr_error err;
    uint32_t domid = 0;
    bool made;

    restore_disks_wait(r);
    restore_adopt_locks(r->locks);
    made = restore_was_made(r);
    r->connection = (struct connection){ .xch = NULL };
    if (made && !connection_open(&r->connection, &err))
        (void)store_find_domain(r->connection.store, r->domain.name, &domid,
                                &err);
    events_say(r->events, MESSAGE_WARNING, "the restore of %s was killed; %s",
               r->domain.name, made ? "it was restored"
                                    : "no domain was made");
    if (made)
        end_rollback(r);
    else
        restore_clones_inherit(r);
    if (!made)
        (void)restore_note_say(r);
    (void)restore_hooks_end(r, made ? FATE_RESTORED : FATE_GONE, domid, &err);
}

static int make_and_tell(struct restore *r, const struct heir *heir,
                         struct restore_outcome *out, struct xr_error *err)
{
    struct xr_error why;
    int status = way_begin(&r->way, 0, err);

    *out = (struct restore_outcome){ .seal = r->seal };
    status = status ? restore_refuse(r, err) : restore_make(r, heir, out, err);
    if (!status)
        return restore_hooks_end(r, FATE_RESTORED, out->domid, err);
    (void)restore_hooks_end(r, out->made ? FATE_RESTORED : FATE_GONE,
                            out->domid, &why);
    return status;
}

static int restore_under_locks(struct restore *r, struct restore_outcome *out,
                               struct xr_error *err)
{
    struct heir heir = HEIR_NONE;
    int status = heir_appoint(&heir, r->events, restore_inherit, r, err);

    if (status)
        return restore_refuse(r, err);
    status = make_and_tell(r, &heir, out, err);
    if (out->made)
        end_rollback(r);
    heir_dismiss(&heir);
    return status;
}

int restore_run(struct restore *r, struct restore_outcome *out,
                struct xr_error *err)
{
    struct restore_locks locks = RESTORE_LOCKS_NONE;
    int status;

    fault_begin();
    fault_role(FAULT_RESTORE);
    status = ask_whether_to_stop(r, err);
    if (!status && restore_take_locks(r, &locks, err))
        status = restore_refuse(r, err);
    r->locks = &locks;
    if (!status)
        status = restore_under_locks(r, out, err);
    r->locks = NULL;
    restore_release_locks(&locks);
    return status ? status : restore_look_after(r, err);
}
