/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is now is kept as a checkpoint of its own, with all disks or not at all, so
 * that a rollback can be rolled back.  It is taken under the rollback's lock: between
 * it and the destruction nobody else saves the domain.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "engine/rollback_state.h"
#include "engine/series.h"
#include "lib/xl_file.h"
#include "util/cleanup.h"
#include "util/fault.h"
#include "util/path.h"

#define BESIDE ".before-rollback"

enum { KEEP_BESIDE = 1 };

/* The last part of a path's folder, and how long it is. */
static const char *folder_name(const char *path, size_t *n_out)
{
    const char *end = path_base(path), *begin;

    if (end - path < 2)
        return NULL;
    end--;
    for (begin = end; begin > path && begin[-1] != '/'; begin--)
        ;
    *n_out = (size_t)(end - begin);
    return begin;
}

/* DIR/NAME/TIME.img of this very guest? */
static bool is_in_series(const struct rollback *rb)
{
    size_t n = 0;
    const char *folder = folder_name(rb->image, &n);

    return folder && series_file_time(path_base(rb->image), NULL)
           && strlen(rb->name) == n && !strncmp(folder, rb->name, n);
}

static char *name_in_series(const char *image)
{
    CLEANUP_FREE char *folder = strndup(image, (size_t)(path_base(image)
                                                        - image));
    char file[SERIES_FILE_SIZE], *path = NULL;
    time_t when = time(NULL);
    struct stat st;

    do {
        free(path);
        series_file_name(when++, file);
        path = folder ? series_path(folder, file) : NULL;
    } while (path && !lstat(path, &st));
    return path;
}

static char *name_beside(const char *image)
{
    char *path;

    return asprintf(&path, "%s" BESIDE, image) < 0 ? NULL : path;
}

static int name_safety(struct rollback *rb, struct xr_error *err)
{
    CLEANUP_FREE char *label = NULL;

    rb->safety_path = is_in_series(rb) ? name_in_series(rb->image)
                                       : name_beside(rb->image);
    if (asprintf(&label, ROLLBACK_LABEL "=%s", path_base(rb->image)) < 0)
        label = NULL;
    return rb->safety_path && label ? label_add(&rb->labels, label, err)
                                    : error_set(err, ENOMEM, "out of memory");
}

/* It is destroyed in a moment: whether it goes on well is not waited for. */
static void set_safety_options(struct rollback *rb)
{
    struct checkpoint_options *o = checkpoint_options(rb->safety);

    snprintf(rb->domid_text, sizeof(rb->domid_text), "%u", rb->domain.domid);
    o->domain = rb->domid_text;
    o->path = rb->safety_path;
    o->labels = rb->labels.data;
    o->disks = CHECKPOINT_DISKS_REQUIRE;
    o->not_needed = rb->options.as_it_is;
    o->parent = rb->restore->image.layout == LAYOUT_FLAT ? rb->image : "none";
    o->keep = is_in_series(rb) ? 0 : KEEP_BESIDE;
    o->verify = true; /* all else is given up for it */
    o->watch = 0;
    o->dry_run = rb->options.dry_run;
}

static int safety_fails(struct rollback *rb, const struct xr_error *err)
{
    rollback_stays_as_it_is(rb, err);
    if (err->code != ECANCELED)
        events_say(rb->events, MESSAGE_ERROR, "Its present state must be kept "
                   "first; use --no-safety to give it up");
    return -err->code;
}

/* What is on the disks of a guest that is merely shut down may be the only one. */
static int refuse_to_lose(const struct rollback *rb, struct xr_error *err)
{
    error_because(err, XR_REASON_USAGE, EPERM, "it has no domain that could be "
                  "kept, and no rollback to this image has begun: what is on "
                  "its disks now would be lost; --no-safety gives it up");
    return rollback_refuse(rb, err);
}

int rollback_ask_safety(struct rollback *rb, struct xr_error *err)
{
    int r;

    rb->goes_on = rb->goes_on && !strcmp(rb->former.image, rb->image);
    if (rb->goes_on || rb->options.no_safety)
        return 0;
    if (!rb->is_there || rb->is_half)
        return refuse_to_lose(rb, err);
    r = name_safety(rb, err);
    if (!r) {
        rb->safety = checkpoint_new(&rb->inner);
        r = rb->safety ? 0 : error_set(err, ENOMEM, "out of memory");
    }
    if (r)
        return rollback_refuse(rb, err);
    set_safety_options(rb);
    if (!rb->options.dry_run)
        checkpoint_lend_lock(rb->safety, &rb->lock);
    r = checkpoint_ask(rb->safety, err);
    return r ? safety_fails(rb, err) : 0;
}

int rollback_keep_safety(struct rollback *rb, struct xr_error *err)
{
    struct checkpoint_outcome outcome;
    int r;

    if (!rb->safety)
        return 0;
    r = fault_step("the safety checkpoint", err);
    if (r)
        return rollback_refuse(rb, err);
    r = checkpoint_take(rb->safety, &outcome, err);
    if (r)
        return safety_fails(rb, err);
    events_say(rb->events, MESSAGE_INFO, "the present state of %s is in %s",
               rb->name,
               rb->safety_path);
    return 0;
}
