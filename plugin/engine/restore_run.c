/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * All has been asked: the toolstack makes the domain, and it is looked after
 * for a moment.
 */
#include "config.h"

#include "engine/restore_state.h"

#include <errno.h>

#include "engine/disk_use.h"
#include "engine/plugin_files.h"
#include "engine/restore_image.h"
#include "engine/watch.h"
#include "lib/stored_kernel.h"
#include "util/clock.h"

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
    return status ? events_fail(r->events, r->options.path, err) : 0;
}

static int run_toolstack(struct restore *r, struct xr_error *err)
{
    const struct restore_order order = {
        .events = r->events,
        .path = r->options.path,
        .container = r->image.container,
        .config = r->edited.text,
        .paused = r->options.paused,
    };
    int status = plugin_preload(err);

    if (status)
        return events_fail(r->events, "restore", err);
    status = restore_image(&order, err);
    if (!status)
        return 0;
    if (err->reason == XR_REASON_SYSTEM)
        err->reason = XR_REASON_RESUME_FAILED;
    return events_fail(r->events, r->options.path, err);
}

/* The domain is there. */
static int look_after(struct restore *r, struct xr_error *err)
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
    error_set(err, ECANCELED, "stopped, as was asked for");
    return restore_refuse(r, err);
}

int restore_run(struct restore *r, struct restore_outcome *out,
                struct xr_error *err)
{
    uint64_t began;
    int status = ask_whether_to_stop(r, err);

    if (!status)
        status = ask_about_disks_again(r, err);
    if (status)
        return status;
    began = clock_ms();
    events_stage(r->events, "restoring");
    status = run_toolstack(r, err);
    if (status)
        return status;
    *out = (struct restore_outcome){
        .seal = r->seal,
        .total_ms = (double)(clock_ms() - began),
    };
    status = find_new_domain(r, err);
    if (status)
        return status;
    out->domid = r->judgement.domain.domid;
    out->resumable = r->judgement.verdict.resumable;
    out->reason = r->judgement.verdict.reason;
    return look_after(r, err);
}
