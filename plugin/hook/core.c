/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The core's table of hooks: what the stub finds in it.
 */
#include "config.h"

#include "hook/build.h"
#include "hook/doors.h"
#include "hook/restore.h"
#include "hook/resume.h"
#include "hook/save.h"
#include "hook/suspend.h"
#include "hook/watcher.h"

/* In every toolstack, and in libxl-save-helper. */
#define EVERYWHERE              \
    .abi = HOOK_ABI,            \
    .build = hook_build,        \
    .save = hook_save,          \
    .restore = hook_restore,    \
    .resume = hook_resume,      \
    .suspend = hook_suspend

__attribute__((visibility("default")))
const struct hook_table *xen_resumable_core(void)
{
    static const struct hook_table everywhere = { EVERYWHERE };
    static const struct hook_table watcher = {
        EVERYWHERE,
        .death_enable = hook_death_enable,
        .death_disable = hook_death_disable,
        .event = hook_event,
    };

    return watcher_leaves_too_early() ? &watcher : &everywhere;
}
