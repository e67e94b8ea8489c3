/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What else a toolstack does to a domain that concerns its lock: it begins
 * there, or ends.  As libxl's functions of these names, but for the first
 * argument.
 */
#ifndef HOOK_OPERATIONS_H
#define HOOK_OPERATIONS_H

#include "hook/behind.h"

/* Suspends the domain, for whoever resumes it later ("xl suspend"). */
int hook_suspend_only(door_suspend_only *real, libxl_ctx *ctx,
                      uint32_t domid, const libxl_asyncop_how *how);

/* Checkpoints without end, until it fails. */
int hook_remus_start(door_remus_start *real, libxl_ctx *ctx,
                     libxl_domain_remus_info *info, uint32_t domid,
                     int send_fd, int recv_fd, const libxl_asyncop_how *how);

/*
 * A resume as a whole.  Refused while another one has the domain: before libxl
 * lets the device model go on, of which xc_domain_resume knows nothing.
 */
int hook_domain_resume(libxl_resume_function *real, libxl_ctx *ctx,
                       uint32_t domid, int suspend_cancel,
                       const libxl_asyncop_how *how);

int hook_destroy(door_destroy *real, libxl_ctx *ctx, uint32_t domid,
                 const libxl_asyncop_how *how);

#endif
