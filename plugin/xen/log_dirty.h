/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Xen's log of the pages that a domain writes to: one per domain, without an
 * owner.  Whoever turns it off takes it from everybody.
 */
#ifndef XEN_LOG_DIRTY_H
#define XEN_LOG_DIRTY_H

#include <stdbool.h>
#include <stdint.h>

#include <xenctrl.h>

/*
 * In the middle of a live save: has somebody turned the log off since it
 * began?  Then pages are missing, and Xen does not say so: it answers that
 * nothing is dirty.  The log is on afterwards in any case.
 *
 * An HVM guest's emulated display shares the log: do not ask for such a guest.
 */
bool log_dirty_was_lost(xc_interface *xch, uint32_t domid);

#endif
