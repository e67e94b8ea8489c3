/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "domain/driver_call.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain/environment.h"
#include "domain/program_folder.h"
#include "util/cleanup.h"

static int compose_variables(struct environment *e,
                             const struct driver_call *call)
{
    const struct disk_drivers *d = call->drivers;

    environment_begin(e);
    environment_put(e, "XR_CHECKPOINT", d->checkpoint);
    if (d->domid)
        environment_put_number(e, "XR_DOMID", d->domid);
    environment_put(e, "XR_NAME", d->name);
    environment_put(e, "XR_UUID", d->uuid);
    environment_put(e, "XR_DEVICE", call->dev);
    environment_put(e, "XR_WANTED", d->required ? "require" : "auto");
    environment_put(e, "XR_LVM_SNAPSHOT_SIZE", d->lvm_snapshot_size);
    return e->failed ? -ENOMEM : 0;
}

const char *drivers_dir(const struct disk_drivers *drivers)
{
    const char *named = drivers->dir ? drivers->dir
                                     : secure_getenv("XR_DISK_DRIVERS");

    return named && *named ? named : DISK_DRIVERS_DIR;
}

const char *driver_call_name(const struct driver_call *call)
{
    const char *slash = strrchr(call->path, '/');

    return slash ? slash + 1 : call->path;
}

int driver_call_run(struct driver_call *call, struct xr_error *err)
{
    CLEANUP_ENVIRONMENT struct environment environment = { .count = 0 };
    char *argv[DRIVER_OPERANDS_MAX + 1] = { (char *)call->path };
    const struct program program = {
        .argv = argv,
        .environment = environment.variables,
        .limit = call->drivers->limit,
        .grace = PROGRAM_DRIVER_GRACE,
        .running = call->drivers->running,
        .output = &call->output,
    };
    size_t i;
    int r = program_examine(call->path, err);

    if (r)
        return r;
    for (i = 0; i < DRIVER_OPERANDS_MAX - 1 && call->operands[i]; i++)
        argv[i + 1] = (char *)call->operands[i];
    if (compose_variables(&environment, call))
        return error_set(err, ENOMEM, "out of memory");
    return program_run(&program, &call->status, err);
}

/* Its last words, or what became of it. */
int driver_call_failure(const struct driver_call *call, struct xr_error *err)
{
    const char *words = call->output.complaint;

    return *words ? error_set(err, EIO, "driver %s: %s", driver_call_name(call),
                              words)
                  : error_set(err, EIO, "driver %s: exit status %d",
                              driver_call_name(call), call->status);
}

/* With what those that are shipped run. */
int drivers_examine(const char *dir, struct xr_error *err)
{
    int r = program_folder_examine(dir, err);

    return r ? r : program_folder_examine_above(dir, "copy-changed", err);
}

static int find_driver(const struct disk_drivers *drivers, const char *driver,
                       char **out, struct xr_error *err)
{
    const char *dir = drivers_dir(drivers);
    int r;

    if (!program_name_is_valid(driver))
        return error_set(err, EINVAL, "\"%.64s\" is not the name of a driver",
                         driver);
    r = drivers_examine(dir, err);
    if (r)
        return r;
    return asprintf(out, "%s/%s", dir, driver) < 0
           ? error_set(err, ENOMEM, "out of memory") : 0;
}

/* Of a driver with that name; what it answers is in the call. */
int driver_call_named(struct driver_call *call, const char *driver,
                       struct xr_error *err)
{
    CLEANUP_FREE char *path = NULL;
    int r = find_driver(call->drivers, driver, &path, err);

    if (!r) {
        call->path = path;
        r = driver_call_run(call, err);
    }
    if (!r && call->status)
        r = driver_call_failure(call, err);
    call->path = NULL;
    if (r && err && err->reason == XR_REASON_SYSTEM)
        err->reason = XR_REASON_DISK_NOT_KEPT;
    return r;
}
