/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "domain/driver_call.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain/program_folder.h"
#include "util/cleanup.h"

enum { VARIABLES = 9 };

struct variables {
    char *items[VARIABLES + 1];
    size_t count;
    bool failed;
};

static void variables_free(struct variables *v)
{
    while (v->count)
        free(v->items[--v->count]);
}

#define CLEANUP_VARIABLES __attribute__((cleanup(variables_free)))

/* NULL: it is not set. */
static void set_variable(struct variables *v, const char *name,
                         const char *value)
{
    if (!value)
        return;
    if (asprintf(&v->items[v->count], "%s=%s", name, value) >= 0) {
        v->count++;
        return;
    }
    v->items[v->count] = NULL;
    v->failed = true;
}

static int compose_variables(struct variables *v, const struct driver_call *call)
{
    const struct disk_drivers *d = call->drivers;
    char domid[16];

    snprintf(domid, sizeof(domid), "%u", d->domid);
    set_variable(v, "PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    set_variable(v, "LANG", "C.UTF-8");
    set_variable(v, "XR_CHECKPOINT", d->checkpoint);
    set_variable(v, "XR_DOMID", d->domid ? domid : NULL);
    set_variable(v, "XR_NAME", d->name);
    set_variable(v, "XR_UUID", d->uuid);
    set_variable(v, "XR_DEVICE", call->dev);
    set_variable(v, "XR_WANTED", d->required ? "require" : "auto");
    set_variable(v, "XR_LVM_SNAPSHOT_SIZE", d->lvm_snapshot_size);
    return v->failed ? -ENOMEM : 0;
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
    CLEANUP_VARIABLES struct variables variables = { .count = 0 };
    char *argv[DRIVER_OPERANDS_MAX + 1] = { (char *)call->path };
    const struct program program = {
        .argv = argv,
        .environment = variables.items,
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
    if (compose_variables(&variables, call))
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

static int find_driver(const struct disk_drivers *drivers, const char *driver,
                       char **out, struct xr_error *err)
{
    const char *dir = drivers_dir(drivers);
    int r;

    if (!program_name_is_valid(driver))
        return error_set(err, EINVAL, "\"%.64s\" is no driver's name", driver);
    r = program_folder_examine(dir, err);
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
