/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Looking after a guest that was just checkpointed.
 */
#ifndef CLI_WATCH_H
#define CLI_WATCH_H

#include <stdbool.h>

#include "cli/connection.h"
#include "cli/target_file.h"
#include "xen/judge.h"

/* How soon a guest is seen to use its CPUs: its sign of life. */
struct pulse {
    bool felt;
    unsigned int ms;
};

/* Waits for it, a second at most; mostly it is there at once. */
void pulse_feel(const struct connection *connection,
                const struct judgement *judgement, struct pulse *out);

/*
 * Watches the domain for so many seconds and complains if it does not go on:
 * held, crashed, shut down, gone, or without the pulse that it had before
 * (NULL: nobody has felt it; then it must have run at all).  One that is silent
 * at the end is watched until it runs, 20 seconds of silence at most.  True if
 * it went on, be it until somebody else began to save it.
 */
bool watch_domain(const struct connection *connection,
                  const struct judgement *judgement,
                  const struct target_file *target, unsigned int seconds,
                  const struct pulse *pulse);

/*
 * Says that it stays suspended and how it goes on: from its image, or, NULL,
 * first of all one has to be written.
 */
void say_it_is_held(const struct judgement *judgement, const char *image);

/*
 * As watch_domain, of one that is left paused: it stands where it should, or
 * somebody has unpaused it already.
 */
bool watch_paused_domain(const struct connection *connection,
                         const struct judgement *judgement,
                         const struct target_file *target);

#endif
