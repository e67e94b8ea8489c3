/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A process that outlives this one: if this one is killed, it does what is
 * left to be done.
 */
#ifndef ENGINE_HEIR_H
#define ENGINE_HEIR_H

#include <stdbool.h>

#include "engine/events.h"
#include "util/error.h"

struct heir {
    int wire; /* its other end is the heir's; -1: there is none */
    const struct events *events;
};

#define HEIR_NONE { .wire = -1 }

/*
 * From now on: if this process ends before heir_dismiss, inherit(data) is
 * called in the heir, once the processes that it was told of have ended, too.
 * It has this process's memory as it is now.  It is in a session of its own,
 * so that what is sent to a terminal's or a process group's programs does not
 * reach it.
 */
int heir_appoint(struct heir *heir, const struct events *events,
                 void (*inherit)(void *data), void *data,
                 struct xr_error *err);

/*
 * In a child of the process that has appointed the heir, before the child
 * becomes another program: tells the heir of it.  False: the parent is dead,
 * and the child must end.
 */
bool heir_tell(const struct heir *heir, int parent);

void heir_dismiss(struct heir *heir);

#endif
