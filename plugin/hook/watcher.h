/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * xl's watcher, the half of "xl create" that stays in the background, restarts
 * a guest that reboots and cleans up after one that ends.  Before Xen 4.20 it
 * leaves when the guest suspends, though the guest may go on after a
 * checkpoint.  This door keeps the suspend from it and enables the death event
 * again (hook/deaths.h), as 4.20 does itself.
 */
#ifndef HOOK_WATCHER_H
#define HOOK_WATCHER_H

#include <stdbool.h>
#include <stddef.h>

#include "hook/behind.h"

/*
 * Is this process one that may become a watcher, of a release where it leaves
 * too early?  Only then the door below is opened: a suspend is an event like
 * any other to every other program, and "xl shutdown --wait" ends with it.
 */
bool watcher_leaves_too_early(void);

/*
 * The pure part: program by its short name; arguments with a NUL after each,
 * as in /proc/PID/cmdline, the program's own name first.
 */
bool watcher_is(const char *program, const char *arguments, size_t length);

/*
 * As libxl_event_wait and libxl_event_check, without the suspends of domains
 * whose death event is enabled by the door of hook/deaths.h.  Where it cannot
 * be enabled again the suspend is returned as by libxl.
 */
int hook_event(door_event *real, const struct libxl_functions *libxl,
               struct libxl__ctx *ctx, struct libxl_event **out,
               uint64_t types, libxl_event_predicate *wanted, void *user);

#endif
