/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The one choke point of every resume: what the guest's suspend hypercall
 * returns is decided here.
 */
#ifndef HOOK_RESUME_H
#define HOOK_RESUME_H

#include "hook/behind.h"

/*
 * As xc_domain_resume.  A domain that is held stays suspended: -1 with errno
 * EOPNOTSUPP, and nothing was changed.
 */
int hook_resume(door_resume *real, struct xc_interface_core *xch,
                uint32_t domid, int fast);

#endif
