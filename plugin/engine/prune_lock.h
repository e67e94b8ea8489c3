/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One prunes at a time on this host: two of them might each leave to the other
 * the image that has to stay.
 */
#ifndef ENGINE_PRUNE_LOCK_H
#define ENGINE_PRUNE_LOCK_H

#include "engine/events.h"
#include "util/error.h"

/*
 * Waits for another one as long as lock_timeout in the configuration says.
 * -EBUSY, XR_REASON_LOCKED: it is still there.  *lock_out is -1 where there
 * can be no locks at all; then it goes on without.
 */
int prune_lock_take(const struct events *events, int *lock_out,
                    struct xr_error *err);

/* Accepts -1; keeps errno. */
void prune_lock_release(int *lock);

#define CLEANUP_PRUNE_LOCK __attribute__((cleanup(prune_lock_release)))

#endif
