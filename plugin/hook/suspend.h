/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A failed save that its toolstack leaves at that: libvirt's driver does not
 * resume the guest, which then stays suspended for good.
 */
#ifndef HOOK_SUSPEND_H
#define HOOK_SUSPEND_H

#include <stdbool.h>

#include "hook/behind.h"

/*
 * As libxl_domain_suspend.  If it failed and has left suspended a domain that
 * was not so before, the domain is resumed, by way of the decision of
 * hook/resume.h.  xl does so by itself; with an asynchronous call (how), the
 * end is not seen here: both are passed through.
 */
int hook_suspend(door_suspend *real, const struct libxl_functions *libxl,
                 struct libxl__ctx *ctx, uint32_t domid, int fd, int flags,
                 const libxl_asyncop_how *how);

/*
 * Has hook_suspend resumed the domain since its last suspend?  Then the
 * toolstack's own resume finds its work done.  Answers yes once.
 */
bool suspend_was_undone(uint32_t domid);

/* Is it hook_suspend that has asked libxl to resume the domain just now? */
bool suspend_is_being_undone(uint32_t domid);

#endif
