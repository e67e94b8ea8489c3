/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * xl knows nothing of drivers: of what it saves no disks are kept, unless hooks do it.
 */
#include "config.h"

#include "engine/exec_state.h"

#include <errno.h>

#include "domain/disk_plan.h"
#include "domain/scripts.h"

static void say_disks_are_lost(const struct exec *e)
{
    size_t hooks = 0;

    if (!scripts_examine(e->config.hook_dir, &hooks, NULL) && hooks)
        return;
    events_say(e->events, MESSAGE_WARNING, "%s: its disks are not kept, since "
               "xl keeps none; use xen-resumable checkpoint to keep them",
               e->judgement.name);
}

int exec_ask_about_disks(const struct exec *e, struct store *store,
                         struct xr_error *err)
{
    CLEANUP_DISK_PLAN struct disk_plan plan = { 0 };
    bool all = e->config.disks == DISKS_REQUIRE;
    int r;

    if (e->command.intent != TOOLSTACK_CHECKPOINT
        || e->config.disks == DISKS_NONE)
        return 0;
    r = disk_plan_make(store, e->judgement.domain.domid, NULL, &plan, err);
    if (r)
        return all ? r : 0;
    if (!disk_plan_written(&plan))
        return 0;
    if (all)
        return error_because(err, XR_REASON_DISK_NOT_KEPT, EPERM, "xl keeps "
                             "none of its disks, and the configuration has "
                             "disks = \"require\"; use xen-resumable "
                             "checkpoint");
    say_disks_are_lost(e);
    return 0;
}
