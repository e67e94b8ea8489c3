/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The locks of the domains that this process saves (domain/lock.h), from the
 * door through which a save begins to the one that ends it: the resume, the
 * destruction, or the end of the process.
 *
 * In a process that has the lock already, or whose parent has it, nothing
 * happens here: there somebody else looks after it.
 */
#ifndef HOOK_DOOR_LOCK_H
#define HOOK_DOOR_LOCK_H

#include <stdbool.h>
#include <stdint.h>

#include <xenctrl.h>

#include "domain/intent.h"
#include "domain/lock.h"
#include "xen/configuration.h"
#include "xen/domain.h"

/*
 * A save begins.  -EBUSY: another one has it, and that was said.  Where no
 * lock can be had for another reason, that is said and the save goes on
 * without.
 */
int door_lock_enter(xc_interface *xch, const struct domain *domain,
                    enum intent intent, const struct config *config);

/* For the toolstack's doors, which have no handle of Xen's: the domain now. */
int door_lock_find(uint32_t domid, struct domain *out);

/* The same as door_lock_enter there. */
int door_lock_begin(const struct domain *domain, enum intent intent,
                    const struct config *config);

/* The call has come to an end; with keep, what it was for has not. */
void door_lock_leave(const struct domain *domain, bool keep);

/* The domain was resumed or destroyed: what had begun is over. */
void door_lock_end(const struct domain *domain);

/* As lock_set_state; that the lock is not ours is no matter for a warning. */
void door_lock_note(const struct domain *domain, enum lock_state state);

/*
 * May this process resume the domain?  Not while another one has the lock,
 * which is then said.
 */
bool door_lock_allows_resume(const struct domain *domain);

/* The plugin holds the domain: recorded, whoever has asked for the resume. */
void door_lock_hold(const struct domain *domain);

#endif
