/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One conversation with a command, from its start to its end.
 */
#ifndef LIB_CLIENT_TALK_H
#define LIB_CLIENT_TALK_H

#include <xenresumable.h>

#include "lib/client_wire.h"

/* What there is when the command has ended. */
struct talk_outcome {
    struct xr_result *result;  /* NULL: it has not said any */
    struct xr_error broken;    /* how it left the wire; code 0: it has not */
    struct buffer fate;        /* of its process, for a message */
    struct buffer complaints;  /* the end of what it wrote to stderr */
    bool asked_to_stop;        /* and did no more than that, if ... */
    bool just_stopped;         /* SIGTERM ended it, or nobody knows what did */
    bool end_is_known;         /* somebody else may have waited for it */
    int exit_status;           /* -1: a signal ended it */
};

void talk_outcome_free(struct talk_outcome *outcome);

/*
 * Starts the command and follows it; *out is to be freed also after a failure.
 * 0: there was a conversation, and *out has what came of it.  -ECANCELED:
 * events->progress said stop before it was started; else it could not be.
 */
int talk(const char *path, char *const argv[], const struct xr_events *events,
         struct talk_outcome *out, struct xr_error *err);

#endif
