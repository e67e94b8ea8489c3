/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How a driver of disks is run (domain/disk_driver.h has what for): its words, its
 * environment, its answer.
 */
#ifndef DOMAIN_DRIVER_CALL_H
#define DOMAIN_DRIVER_CALL_H

#include "domain/disk_driver.h"
#include "domain/program.h"

enum { DRIVER_OPERANDS_MAX = 7 };

/* One call of a driver. */
struct driver_call {
    const struct disk_drivers *drivers;
    const char *dev;                 /* NULL: not said */
    const char *operands[DRIVER_OPERANDS_MAX]; /* up to a NULL, behind its path */
    const char *path;
    int status;
    struct program_output output;
};

/* Where they are. */
const char *drivers_dir(const struct disk_drivers *drivers);

/* May they be run at all?  -EACCES: others than root can write to the folder. */
int drivers_examine(const char *dir, struct xr_error *err);

/* What is behind the last slash of its path. */
const char *driver_call_name(const struct driver_call *call);

/* Its exit status goes to call->status, whatever it is. */
int driver_call_run(struct driver_call *call, struct xr_error *err);

/* -EIO: its last words, or what became of it. */
int driver_call_failure(const struct driver_call *call, struct xr_error *err);

/*
 * The driver of that name, which is to end with 0; what it answers is in the call.
 * The reason is XR_REASON_DISK_NOT_KEPT where there is no other.
 */
int driver_call_named(struct driver_call *call, const char *driver,
                      struct xr_error *err);

#endif
