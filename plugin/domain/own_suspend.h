/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * After a save that failed or was killed: is the domain suspended by what that
 * save has asked of it?  Only then it is the saver's to resume.
 */
#ifndef DOMAIN_OWN_SUSPEND_H
#define DOMAIN_OWN_SUSPEND_H

#include <stdbool.h>

#include <xenctrl.h>

#include "domain/lock.h"

/*
 * A guest that was asked may suspend when its toolstack has long given up: it
 * is waited for.  True if it is suspended, and the record of the lock, which
 * is ours, and xenstore say that nobody else can have asked for it.
 */
bool own_suspend_wait(const struct lock *lock, xc_interface *xch,
                      unsigned int seconds);

#endif
