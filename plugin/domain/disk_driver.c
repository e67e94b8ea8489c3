/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * DRIVER probe TARGET FORMAT       "copy NAME", "folder DIR", "bytes N"
 * DRIVER take TARGET FORMAT COPY
 * DRIVER put-back [--check] TARGET FORMAT COPY
 * DRIVER copy TARGET FORMAT COPY   its target
 * DRIVER drop COPY
 *
 * 0: done.  probe: 3: not mine.
 */
#include "config.h"

#include "domain/disk_driver.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain/environment.h"
#include "domain/program.h"
#include "domain/program_folder.h"
#include "util/cleanup.h"
#include "util/number.h"

enum {
    NOT_MINE = 3,
    OPERANDS_MAX = 7,
};

/* One call of a driver. */
struct call {
    const struct disk_drivers *drivers;
    const char *dev;                 /* NULL: not said */
    const char *operands[OPERANDS_MAX]; /* up to a NULL, behind its path */
    const char *path;
    int status;
    struct program_output output;
};

static int compose_variables(struct environment *e, const struct call *call)
{
    const struct disk_drivers *d = call->drivers;

    environment_begin(e);
    environment_put(e, "XR_CHECKPOINT", d->checkpoint);
    if (d->domid)
        environment_put_number(e, "XR_DOMID", d->domid);
    environment_put(e, "XR_NAME", d->name);
    environment_put(e, "XR_DEVICE", call->dev);
    environment_put(e, "XR_WANTED", d->required ? "require" : "auto");
    environment_put(e, "XR_LVM_SNAPSHOT_SIZE", d->lvm_snapshot_size);
    return e->failed ? -ENOMEM : 0;
}

static const char *drivers_dir(const struct disk_drivers *drivers)
{
    const char *named = drivers->dir ? drivers->dir
                                     : secure_getenv("XR_DISK_DRIVERS");

    return named && *named ? named : DISK_DRIVERS_DIR;
}

/* With what those that are shipped run. */
static int examine_drivers(const char *dir, struct xr_error *err)
{
    int r = program_folder_examine(dir, err);

    return r ? r : program_folder_examine_above(dir, "copy-changed", err);
}

static const char *driver_name(const struct call *call)
{
    const char *slash = strrchr(call->path, '/');

    return slash ? slash + 1 : call->path;
}

static int run_driver(struct call *call, struct xr_error *err)
{
    CLEANUP_ENVIRONMENT struct environment environment = { .count = 0 };
    char *argv[OPERANDS_MAX + 1] = { (char *)call->path };
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
    for (i = 0; i < OPERANDS_MAX - 1 && call->operands[i]; i++)
        argv[i + 1] = (char *)call->operands[i];
    if (compose_variables(&environment, call))
        return error_set(err, ENOMEM, "out of memory");
    return program_run(&program, &call->status, err);
}

/* Its last words, or what became of it. */
static int driver_failure(const struct call *call, struct xr_error *err)
{
    const char *words = call->output.complaint;

    return *words ? error_set(err, EIO, "driver %s: %s", driver_name(call),
                              words)
                  : error_set(err, EIO, "driver %s: exit status %d",
                              driver_name(call), call->status);
}

static void note_why_not(struct driver_answer *out, const char *why)
{
    snprintf(out->why_not, sizeof(out->why_not), "%s", why);
}

/* probe. */

static bool set_answer_text(char **out, const char *value, size_t max)
{
    free(*out);
    *out = strlen(value) <= max ? strdup(value) : NULL;
    return *out;
}

/* A line of its answer; lines of later releases are passed over. */
static bool take_answer_line(struct driver_answer *out, const char *line)
{
    if (!strncmp(line, "copy ", 5))
        return line[5] && line[5] != '-'
               && set_answer_text(&out->copy, line + 5, DISK_COPY_NAME_MAX);
    if (!strncmp(line, "folder ", 7))
        return line[7] == '/'
               && set_answer_text(&out->folder, line + 7, DISK_COPY_NAME_MAX);
    if (!strncmp(line, "bytes ", 6))
        return number_parse(line + 6, &out->bytes);
    return true;
}

/* False: it makes no sense. */
static bool take_answer(struct call *call, struct driver_answer *out)
{
    char *line, *rest = call->output.text;
    bool ok = !call->output.cut
              && strlen(rest) == call->output.length;

    while (ok && (line = strsep(&rest, "\n")))
        ok = take_answer_line(out, line);
    return ok && out->copy && (out->folder || !out->bytes);
}

static void forget_answer(struct driver_answer *out)
{
    free(out->copy);
    free(out->folder);
    out->copy = NULL;
    out->folder = NULL;
    out->bytes = 0;
}

/* 0: it takes it.  -ENOENT: it does not.  -EIO: it has failed. */
static int probe_one(struct call *call, struct driver_answer *out,
                     struct xr_error *err)
{
    int r = strlen(driver_name(call)) < DISK_DRIVER_NAME_MAX
            ? run_driver(call, err)
            : error_set(err, EIO, "%s: its name is too long", call->path);

    if (r)
        return r;
    if (call->status == NOT_MINE)
        return -ENOENT;
    if (call->status)
        return driver_failure(call, err);
    if (take_answer(call, out)) {
        snprintf(out->driver, sizeof(out->driver), "%s", driver_name(call));
        return 0;
    }
    forget_answer(out);
    return error_set(err, EIO, "driver %s: cannot understand its answer",
                     driver_name(call));
}

/* The first that fails has the word, else the first that says why. */
static int probe_each(const struct disk_drivers *drivers,
                      const struct driver_disk *disk,
                      const struct program_folder *folder,
                      struct driver_answer *out)
{
    bool failed = false;
    struct xr_error err;
    size_t i;
    int r = -ENOENT;

    for (i = 0; r && i < folder->count; i++) {
        struct call call = {
            .drivers = drivers,
            .dev = disk->dev,
            .path = folder->paths[i],
            .operands = { "probe", disk->target, disk->format },
        };

        r = probe_one(&call, out, &err);
        if (r == -ENOENT && !*out->why_not)
            note_why_not(out, call.output.complaint);
        else if (r && r != -ENOENT && !failed) {
            failed = true;
            note_why_not(out, err.message);
        }
    }
    return r ? -ENOENT : 0;
}

int disk_driver_probe(const struct disk_drivers *drivers,
                      const struct driver_disk *disk,
                      struct driver_answer *out, struct xr_error *err)
{
    CLEANUP_PROGRAM_FOLDER struct program_folder folder = { 0 };
    const char *dir = drivers_dir(drivers);
    int r = examine_drivers(dir, err);

    *out = (struct driver_answer){ .copy = NULL };
    if (!r)
        r = program_folder_read(dir, &folder, err);
    if (r && r != -ENOENT)
        return r;
    if (!r && !probe_each(drivers, disk, &folder, out)) {
        *out->why_not = '\0';
        return 0;
    }
    if (!*out->why_not)
        note_why_not(out, folder.count ? "no driver is for a disk of this kind"
                                      : "there are no drivers");
    return error_because(err, XR_REASON_DISK_NOT_KEPT, ENOENT, "%s",
                         out->why_not);
}

void driver_answer_free(struct driver_answer *answer)
{
    int saved = errno;

    forget_answer(answer);
    errno = saved;
}

/* What is known by its name. */

static int find_driver(const struct disk_drivers *drivers, const char *driver,
                       char **out, struct xr_error *err)
{
    const char *dir = drivers_dir(drivers);
    int r;

    if (!program_name_is_valid(driver))
        return error_set(err, EINVAL, "\"%.64s\" is not the name of a driver",
                         driver);
    r = examine_drivers(dir, err);
    if (r)
        return r;
    return asprintf(out, "%s/%s", dir, driver) < 0
           ? error_set(err, ENOMEM, "out of memory") : 0;
}

/* Of a driver with that name; what it answers is in the call. */
static int call_driver(struct call *call, const char *driver,
                       struct xr_error *err)
{
    CLEANUP_FREE char *path = NULL;
    int r = find_driver(call->drivers, driver, &path, err);

    if (!r) {
        call->path = path;
        r = run_driver(call, err);
    }
    if (!r && call->status)
        r = driver_failure(call, err);
    call->path = NULL;
    if (r && err && err->reason == XR_REASON_SYSTEM)
        err->reason = XR_REASON_DISK_NOT_KEPT;
    return r;
}

int disk_driver_take(const struct disk_drivers *drivers, const char *driver,
                     const struct driver_disk *disk, const char *copy,
                     struct xr_error *err)
{
    struct call call = {
        .drivers = drivers,
        .dev = disk->dev,
        .operands = { "take", disk->target, disk->format, copy },
    };

    return call_driver(&call, driver, err);
}

int disk_driver_check(const struct disk_drivers *drivers, const char *driver,
                      const struct driver_disk *disk, const char *copy,
                      struct xr_error *err)
{
    struct call call = {
        .drivers = drivers,
        .dev = disk->dev,
        .operands = { "put-back", "--check", disk->target, disk->format,
                      copy },
    };

    return call_driver(&call, driver, err);
}

int disk_driver_put_back(const struct disk_drivers *drivers,
                         const char *driver, const struct driver_disk *disk,
                         const char *copy, struct xr_error *err)
{
    struct call call = {
        .drivers = drivers,
        .dev = disk->dev,
        .operands = { "put-back", disk->target, disk->format, copy },
    };

    return call_driver(&call, driver, err);
}

int disk_driver_copy(const struct disk_drivers *drivers, const char *driver,
                     const struct driver_disk *disk, const char *copy,
                     char **target_out, struct xr_error *err)
{
    struct call call = {
        .drivers = drivers,
        .dev = disk->dev,
        .operands = { "copy", disk->target, disk->format, copy },
    };
    int r = call_driver(&call, driver, err);
    size_t n = strcspn(call.output.text, "\n");

    if (r)
        return r;
    if (call.output.text[0] != '/' || call.output.cut)
        return error_set(err, EIO, "driver %s does not say where the copy is",
                         driver);
    *target_out = strndup(call.output.text, n);
    return *target_out ? 0 : error_set(err, ENOMEM, "out of memory");
}

int disk_driver_drop(const struct disk_drivers *drivers, const char *driver,
                     const char *copy, struct xr_error *err)
{
    struct call call = {
        .drivers = drivers,
        .operands = { "drop", copy },
    };

    return call_driver(&call, driver, err);
}
