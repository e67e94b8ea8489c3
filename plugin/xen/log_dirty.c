/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * There is no question for it, but turning it on fails where it is on (Xen,
 * arch/x86/mm/paging.c, paging_log_dirty_enable).  To peek at it or to clean it
 * succeeds in either case.
 */
#include "config.h"

#include "xen/log_dirty.h"

static int turn_on(xc_interface *xch, uint32_t domid)
{
#if XEN_RELEASE_NUMBER >= 416
    return xc_shadow_control(xch, domid,
                             XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY, NULL, 0);
#else
    return xc_shadow_control(xch, domid,
                             XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY, NULL, 0,
                             NULL, 0, NULL);
#endif
}

bool log_dirty_was_lost(xc_interface *xch, uint32_t domid)
{
    return !turn_on(xch, domid);
}
