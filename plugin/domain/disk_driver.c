/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * DRIVER probe TARGET FORMAT       "copy NAME", "folder DIR", "bytes N"; or, for
 *                                  the folder, "pool NAME", "free N"
 * DRIVER take TARGET FORMAT COPY
 * DRIVER put-back TARGET FORMAT COPY
 * DRIVER put-back --check TARGET FORMAT COPY   the same, and "at-most N"
 * DRIVER copy --check TARGET FORMAT COPY   "copy NAME", "disk PATH", and these
 * DRIVER copy TARGET FORMAT COPY NAME
 * DRIVER find COPY
 * DRIVER drop COPY
 *
 * 0: done.  probe: 3: not mine.  find: 3: it is lost.
 */
#include "config.h"

#include "domain/disk_driver.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain/driver_call.h"
#include "domain/program_folder.h"
#include "util/cleanup.h"
#include "util/number.h"

enum { NOT_MINE = 3, LOST = 3 };

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
    if (!strncmp(line, "disk ", 5))
        return line[5] == '/'
               && set_answer_text(&out->disk, line + 5, DISK_COPY_NAME_MAX);
    if (!strncmp(line, "folder ", 7))
        return line[7] == '/'
               && set_answer_text(&out->folder, line + 7, DISK_COPY_NAME_MAX);
    if (!strncmp(line, "pool ", 5))
        return line[5]
               && set_answer_text(&out->pool, line + 5, DISK_POOL_NAME_MAX);
    if (!strncmp(line, "bytes ", 6))
        return number_parse(line + 6, &out->bytes);
    if (!strncmp(line, "free ", 5))
        return number_parse(line + 5, &out->pool_free);
    if (!strncmp(line, "at-most ", 8))
        return number_parse(line + 8, &out->at_most);
    return true;
}

/* False: it makes no sense. */
static bool take_answer_lines(struct driver_call *call,
                              struct driver_answer *out)
{
    char *line, *rest = call->output.text;
    bool ok = !call->output.cut
              && strlen(rest) == call->output.length;

    while (ok && (line = strsep(&rest, "\n")))
        ok = take_answer_line(out, line);
    return ok && (out->folder || out->pool || !out->bytes)
           && !(out->folder && out->pool);
}

static bool take_answer(struct driver_call *call, struct driver_answer *out)
{
    return take_answer_lines(call, out) && out->copy;
}

static void forget_answer(struct driver_answer *out)
{
    free(out->copy);
    free(out->disk);
    free(out->folder);
    free(out->pool);
    out->copy = NULL;
    out->disk = NULL;
    out->folder = NULL;
    out->pool = NULL;
    out->bytes = out->pool_free = out->at_most = 0;
}

/* 0: it takes it.  -ENOENT: it does not.  -EIO: it has failed. */
static int probe_one(struct driver_call *call, struct driver_answer *out,
                     struct xr_error *err)
{
    int r = strlen(driver_call_name(call)) < DISK_DRIVER_NAME_MAX
            ? driver_call_run(call, err)
            : error_set(err, EIO, "%s: its name is too long", call->path);

    if (r)
        return r;
    if (call->status == NOT_MINE)
        return -ENOENT;
    if (call->status)
        return driver_call_failure(call, err);
    if (take_answer(call, out)) {
        snprintf(out->driver, sizeof(out->driver), "%s", driver_call_name(call));
        return 0;
    }
    forget_answer(out);
    return error_set(err, EIO, "driver %s: cannot understand its answer",
                     driver_call_name(call));
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
        struct driver_call call = {
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
    int r = drivers_examine(dir, err);

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

/* The same, where its answer is a yes or a no.  words: up to a NULL. */
static int say_words(const struct disk_drivers *drivers, const char *driver,
                      const char *dev, const char *const *words,
                      struct xr_error *err)
{
    struct driver_call call = { .drivers = drivers, .dev = dev };
    size_t i;

    for (i = 0; words[i]; i++)
        call.operands[i] = words[i];
    return driver_call_named(&call, driver, err);
}

int disk_driver_take(const struct disk_drivers *drivers, const char *driver,
                     const struct driver_disk *disk, const char *copy,
                     struct xr_error *err)
{
    const char *const words[] = {
        "take", disk->target, disk->format, copy, NULL,
    };

    return say_words(drivers, driver, disk->dev, words, err);
}

int disk_driver_check(const struct disk_drivers *drivers, const char *driver,
                      const struct driver_disk *disk, const char *copy,
                      struct driver_answer *out, struct xr_error *err)
{
    struct driver_call call = {
        .drivers = drivers,
        .dev = disk->dev,
        .operands = {
            "put-back", "--check", disk->target, disk->format, copy,
        },
    };
    int r = driver_call_named(&call, driver, err);

    *out = (struct driver_answer){ .copy = NULL };
    if (r)
        return r;
    return take_answer_lines(&call, out)
           ? 0 : error_set(err, EIO, "driver %s: cannot understand its answer",
                           driver);
}

int disk_driver_put_back(const struct disk_drivers *drivers,
                         const char *driver, const struct driver_disk *disk,
                         const char *copy, struct xr_error *err)
{
    const char *const words[] = {
        "put-back", disk->target, disk->format, copy, NULL,
    };

    return say_words(drivers, driver, disk->dev, words, err);
}

/* What is a path needs no other one. */
static int complete_clone(struct driver_answer *out, const char *driver,
                        struct xr_error *err)
{
    if (out->disk)
        return 0;
    if (*out->copy != '/')
        return error_set(err, EIO, "driver %s does not say where the disk will "
                         "be", driver);
    out->disk = strdup(out->copy);
    return out->disk ? 0 : error_set(err, ENOMEM, "out of memory");
}

int disk_driver_ask_clone(const struct disk_drivers *drivers,
                        const char *driver, const struct driver_disk *disk,
                        const char *copy, struct driver_answer *out,
                        struct xr_error *err)
{
    struct driver_call call = {
        .drivers = drivers,
        .dev = disk->dev,
        .operands = { "copy", "--check", disk->target, disk->format, copy },
    };
    int r = driver_call_named(&call, driver, err);

    *out = (struct driver_answer){ .copy = NULL };
    if (r)
        return r;
    if (!take_answer(&call, out))
        return error_set(err, EIO, "driver %s: cannot understand its answer",
                         driver);
    return complete_clone(out, driver, err);
}

int disk_driver_clone(const struct disk_drivers *drivers,
                         const char *driver, const struct driver_disk *disk,
                         const char *copy, const char *name,
                         struct xr_error *err)
{
    const char *const words[] = {
        "copy", disk->target, disk->format, copy, name, NULL,
    };

    return say_words(drivers, driver, disk->dev, words, err);
}

int disk_driver_find(const struct disk_drivers *drivers, const char *driver,
                     const char *copy, struct xr_error *err)
{
    struct driver_call call = {
        .drivers = drivers,
        .operands = { "find", copy },
    };
    int r = driver_call_named(&call, driver, err);

    if (r != -EIO || call.status != LOST)
        return r;
    return error_because(err, XR_REASON_DISK_NOT_KEPT, ESTALE, "%s",
                         *call.output.complaint ? call.output.complaint
                                                : "it is gone");
}

int disk_driver_drop(const struct disk_drivers *drivers, const char *driver,
                     const char *copy, struct xr_error *err)
{
    const char *const words[] = { "drop", copy, NULL };

    return say_words(drivers, driver, NULL, words, err);
}
