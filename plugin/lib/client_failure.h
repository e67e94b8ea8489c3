/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a conversation with the command was, as the public API's functions
 * return it.
 */
#ifndef LIB_CLIENT_FAILURE_H
#define LIB_CLIENT_FAILURE_H

#include "lib/client_talk.h"

/*
 * 0: there is a result, and it tells of no failure.  Else a negative errno
 * value, with the command's own reason if it gave one.
 */
int client_failure(const struct talk_outcome *outcome, struct xr_error *err);

/*
 * There is a result, and it tells of no failure: 0 if the process has ended in
 * a way that goes with it.  That is one of those exit statuses, bit n for the
 * status n; or our SIGTERM, which came too late; or nobody knows.  Else -EIO.
 */
int client_contradiction(const struct talk_outcome *outcome,
                         unsigned statuses, struct xr_error *err);

#endif
