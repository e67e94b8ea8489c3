/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Faults on purpose, for tests: with XR_FAULT=N in the environment the Nth step
 * of a checkpoint, of seal --flat, of a rollback, or of a restore, fails, counted over all the processes that
 * take part in it.
 * Without it nothing here does anything.
 */
#ifndef UTIL_FAULT_H
#define UTIL_FAULT_H

#include <stdbool.h>

#include "util/error.h"

/*
 * With XR_FAULT_KILL=ROLE as well, the step is taken, but before it the process
 * of that role is killed with SIGKILL: "checkpoint", "guardian", "helper", "restore" or
 * "rollback" (whose safety checkpoint is the same process).
 */
enum fault_role {
    FAULT_CHECKPOINT,
    FAULT_GUARDIAN,
    FAULT_HELPER,
    FAULT_ROLLBACK,
    FAULT_RESTORE,
    FAULT_ROLES,
};

/* This process has that role from now on. */
void fault_role(enum fault_role role);

/* In the first process, before it starts others: they count on from there.  Once. */
void fault_begin(void);

/*
 * A step that can fail, with its name for the message.  0, or -EIO if it is
 * this one's turn: then the step is not to be taken.  XR_FAULT_CODE is another
 * errno value, such as 95, by which an image cannot be judged.
 */
int fault_step(const char *name, struct xr_error *err);

#endif
