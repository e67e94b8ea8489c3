/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Looking after a guest that was just checkpointed.
 */
#ifndef ENGINE_WATCH_H
#define ENGINE_WATCH_H

#include <stdbool.h>

#include "engine/events.h"
#include "engine/target_file.h"
#include "xen/connection.h"
#include "xen/judge.h"

/* How soon a guest is seen to use its CPUs: its sign of life. */
struct pulse {
    bool felt;
    unsigned int ms;
};

/* Waits for it, a second at most; mostly it is there at once. */
void pulse_feel(const struct connection *connection,
                const struct judgement *judgement, struct pulse *out);

/* All of it is borrowed. */
struct watched {
    const struct events *events;
    const struct connection *connection;
    const struct judgement *judgement; /* as it was before */
    const struct target_file *target;  /* its image */
};

/*
 * Watches the domain for so many seconds and says so if it does not go on:
 * held, crashed, shut down, gone, or without the pulse that it had before
 * (NULL: nobody has felt it; then it must have run at all).  One that is
 * silent at the end is watched until it runs, 20 seconds of silence at most.
 * 0 if it went on, be it until somebody else began to save it.
 * XR_REASON_GUEST_DIED, _GUEST_SILENT or _RESUME_FAILED if not.
 */
int watch_domain(const struct watched *w, unsigned int seconds,
                 const struct pulse *pulse, struct xr_error *err);

/*
 * Says that it stays suspended and how it goes on: from its image, or, NULL,
 * first of all one has to be written.
 */
void say_it_is_held(const struct events *events,
                    const struct judgement *judgement, const char *image);

/*
 * As watch_domain, of one that is left paused: it stands where it should, or
 * somebody has unpaused it already.
 */
int watch_paused_domain(const struct watched *w, struct xr_error *err);

#endif
