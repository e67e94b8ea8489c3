/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/series_take.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "engine/disk_copies.h"
#include "engine/image_list.h"
#include "engine/series.h"
#include "util/cleanup.h"

struct series_run {
    const struct series_order *order;
    const struct events *events;
    struct series_guest *guest; /* whose turn it is */
    bool stopped;
    bool said;     /* the guest's own command has said what is wrong */
};

void series_free(struct series *series)
{
    while (series->count) {
        struct series_guest *g = &series->guests[--series->count];

        xr_result_free(g->result);
        free(g->image);
        free(g->name);
    }
    free(series->guests);
    *series = (struct series){ 0 };
}

const struct series_guest *series_failed(const struct series *series)
{
    size_t i;

    for (i = 0; i < series->count; i++)
        if (!series->guests[i].result)
            return &series->guests[i];
    return NULL;
}

static int series_progress(void *data, uint64_t done, uint64_t total)
{
    struct series_run *run = data;

    run->stopped = run->stopped || events_progress(run->events, done, total);
    return run->stopped;
}

/* Whoever is told a stage may keep it, and the name is borrowed: a constant is
   told in its place. */
static void series_stage(void *data, const char *name)
{
    static const char *const names[] = {
        "pre-suspend", "saving", "suspended", "resumed", "restoring",
        "watching",
    };
    const struct series_run *run = data;
    size_t i;

    for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
        if (strcmp(name, names[i]))
            continue;
        run->guest->stage = names[i];
        events_stage(run->events, names[i]);
    }
}

/* What the guest's command, or the plugin in its toolstack, says to people has our
   name in front already, which whoever hears us puts there, too. */
static void series_message(void *data, enum xr_level level, const char *text)
{
    static const char name[] = "xen-resumable: ";
    struct series_run *run = data;

    if (!strncmp(text, name, strlen(name)))
        text += strlen(name);
    run->said = run->said || level == XR_LEVEL_ERROR;
    events_say(run->events, level == XR_LEVEL_ERROR ? MESSAGE_ERROR
                            : level == XR_LEVEL_WARNING ? MESSAGE_WARNING
                                                        : MESSAGE_INFO,
               "%s", text);
}

static bool is_folder_there(const char *path)
{
    struct stat st;

    return !lstat(path, &st) && S_ISDIR(st.st_mode);
}

/* An image is for nobody but its owner, and so is its folder. */
static int make_folder(const char *path, struct xr_error *err)
{
    if (!mkdir(path, 0700))
        return 0;
    return errno == EEXIST && is_folder_there(path)
           ? series_check_folder(path, err)
           : error_system(err, errno, "%s", path);
}

/* What another mount would hide is not to fill the root's file system. */
static int open_series(const struct series_order *order, struct xr_error *err)
{
    struct stat st;

    if (!stat(order->dir, &st))
        return series_check_folder(order->dir, err);
    if (errno == ENOENT && order->is_default_dir)
        return order->dry_run ? 0 : make_folder(order->dir, err);
    return error_system(err, errno, "%s", order->dir);
}

/* A name of its own, also twice in a second; a dry run may have no folder. */
static int name_series_image(const struct series_order *order,
                             struct series_guest *g, const char *folder,
                             struct xr_error *err)
{
    char file[SERIES_FILE_SIZE];
    time_t when = time(NULL);
    struct stat st;

    do {
        free(g->image);
        series_file_name(when++, file);
        g->image = series_path(folder, file);
    } while (g->image && !order->dry_run && !lstat(g->image, &st));
    return g->image ? 0 : error_set(err, ENOMEM, "out of memory");
}

/* The newest image whose blocks the new one may share. */
static int set_parent(const struct series_guest *g, const char *folder,
                      struct xr_options *options, struct xr_error *err)
{
    CLEANUP_IMAGE_LIST struct image_list list = { 0 };
    size_t i;
    int r = is_folder_there(folder)
            ? image_list_add_folder(&list, folder, g->name, err) : 0;

    image_list_sort(&list);
    for (i = list.count; !r && i; i--) {
        const struct listed_image *image = &list.items[i - 1];

        if (image->readable && image->summary.layout == LAYOUT_FLAT
            && series_file_time(image->file, NULL))
            return xr_options_set(options, "parent", image->path, err);
    }
    return r ? r : xr_options_set(options, "parent", "none", err);
}

/* This very program, unless a test has another one. */
static int set_own_command(struct xr_options *options, struct xr_error *err)
{
    char self[PATH_MAX];
    ssize_t n;

    if (secure_getenv("XR_COMMAND"))
        return 0;
    n = readlink("/proc/self/exe", self, sizeof(self) - 1);
    if (n < 0)
        return error_system(err, errno, "/proc/self/exe");
    self[n] = '\0';
    return xr_options_set(options, "command", self, err);
}

/* A dry run makes no folder: the image is tried in the next one that is there. */
static char *tried_path(const struct series_order *order, const char *image)
{
    const char *file = strrchr(image, '/') + 1;
    CLEANUP_FREE char *above = NULL;
    struct stat st;

    if (!stat(order->dir, &st) || !order->is_default_dir)
        return series_path(order->dir, file);
    above = strndup(order->dir, (size_t)(strrchr(order->dir, '/')
                                         - order->dir));
    return above ? series_path(above, file) : NULL;
}

static int run_checkpoint(struct series_run *run, struct series_guest *g,
                          const char *folder, struct xr_options *options)
{
    const struct series_order *order = run->order;
    const struct xr_events events = {
        .size = sizeof(events),
        .data = run,
        .progress = series_progress,
        .stage = series_stage,
        .message = series_message,
    };
    CLEANUP_FREE char *tried = NULL;
    int r = set_own_command(options, &g->error);

    if (!r)
        r = order->set_options(order->data, options, &g->error);
    if (!r)
        r = order->shares ? set_parent(g, folder, options, &g->error)
                          : xr_options_set(options, "parent", "none",
                                           &g->error);
    if (!r && !is_folder_there(folder)) /* a dry run */
        tried = tried_path(order, g->image);
    return r ? r : xr_checkpoint(*g->number ? g->number : g->name,
                                 tried ? tried : g->image, options, &events,
                                 &g->result, &g->error);
}

static int take_guest(struct series_run *run, struct series_guest *g)
{
    const struct series_order *order = run->order;
    CLEANUP_FREE char *folder = NULL;
    struct xr_options *options;
    int r = 0;

    if (!series_takes_guest(g->name))
        return error_because(&g->error, XR_REASON_USAGE, EINVAL, "its name "
                             "cannot be a folder's");
    folder = series_path(order->dir, g->name);
    options = xr_options_new();
    if (!folder || !options) {
        xr_options_free(options);
        return error_set(&g->error, ENOMEM, "out of memory");
    }
    if (!order->dry_run) {
        r = make_folder(folder, &g->error);
        if (!r)
            series_clear(folder, run->events);
    }
    if (!r)
        r = name_series_image(order, g, folder, &g->error);
    if (!r)
        r = run_checkpoint(run, g, folder, options);
    xr_options_free(options);
    return r;
}

static void try_guest(struct series_run *run, struct series_guest *g)
{
    if (series_progress(run, 0, 0)) {
        error_set(&g->error, ECANCELED, "stopped on request");
        return;
    }
    run->guest = g;
    run->said = false;
    if ((g->error.code || take_guest(run, g)) && !run->said)
        events_fail(run->events, g->name, &g->error);
}

int series_take(const struct series_order *order, const struct events *events,
                struct series *out, struct xr_error *err)
{
    struct series_run run = { .order = order, .events = events };
    size_t i;
    int r;

    *out = (struct series){ 0 };
    r = series_find_guests(order, out, err);
    if (!r)
        r = open_series(order, err);
    if (!r && !order->dry_run)
        copies_sweep(events);
    for (i = 0; !r && i < out->count; i++)
        try_guest(&run, &out->guests[i]);
    return r;
}
