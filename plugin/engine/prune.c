/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/prune.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/disk_clones.h"
#include "engine/disk_copies.h"
#include "engine/image_remove.h"
#include "engine/prune_lock.h"
#include "engine/series.h"
#include "lib/verify.h"
#include "util/cleanup.h"

struct prune_run {
    const struct prune_options *options;
    const struct events *events;
    struct pruning *out;
};

void pruning_free(struct pruning *pruning)
{
    free(pruning->images);
    free(pruning->blamed);
    image_list_free(&pruning->list);
    *pruning = (struct pruning){ 0 };
}

/* Whose guest, and which file, is to blame; either may be NULL. */
static void keep_first(struct prune_run *p, const char *guest,
                       const char *path, const struct xr_error *err)
{
    if (p->out->first.code)
        return;
    p->out->first = *err;
    p->out->blamed = guest ? strdup(guest) : NULL;
    if (path)
        error_name_file(&p->out->first, path);
}

/* It is not the image that is to blame: another time it may be read. */
static void note_system_error(struct prune_run *p, const char *guest,
                              const char *path, const struct xr_error *err)
{
    if (err->reason == XR_REASON_SYSTEM || err->reason == XR_REASON_NOT_ALLOWED)
        keep_first(p, guest, path, err);
}

static void leave_unreadable(struct prune_run *p,
                             const struct listed_image *image,
                             const char *guest)
{
    events_say(p->events, MESSAGE_WARNING, "%s is not touched: %s",
               image->path, image->error.message);
    note_system_error(p, guest, image->path, &image->error);
}

/* Of a file that cannot be read nobody knows whose image it was. */
static bool is_of_series(struct prune_run *p,
                         const struct listed_image *image, const char *guest)
{
    if (!series_file_time(image->file, NULL))
        return false;
    if (!image->readable)
        leave_unreadable(p, image, guest);
    else if (strcmp(listed_name(image), guest))
        events_say(p->events, MESSAGE_WARNING, "%s is not touched: it is not "
                   "an image of %s", image->path, guest);
    else
        return true;
    return false;
}

/* One guest's folder is not the others' business; one that is gone nobody's. */
static int pass_over_guest(struct prune_run *p, const char *guest,
                           const char *path, const struct xr_error *why)
{
    if (why->code == ENOENT)
        return 0;
    events_fail(p->events, path, why);
    keep_first(p, guest, path, why);
    return 0;
}

/* Moves the candidates of a guest to the end of all. */
static int take_candidates_of(const char *dir, const char *guest, void *data,
                              struct xr_error *err)
{
    CLEANUP_IMAGE_LIST struct image_list found = { 0 };
    CLEANUP_FREE char *path = series_path(dir, guest);
    struct prune_run *p = data;
    struct image_list *all = &p->out->list;
    struct listed_image *items;
    struct xr_error why;
    size_t i;
    int r;

    if (!path)
        return error_set(err, ENOMEM, "out of memory");
    r = series_check_folder(path, &why);
    if (!r && !p->options->dry_run)
        series_clear(path, p->events);
    if (!r)
        r = image_list_add_folder(&found, path, NULL, &why);
    if (r)
        return pass_over_guest(p, guest, path, &why);
    items = reallocarray(all->items, all->count + found.count + 1,
                         sizeof(*items));
    if (!items)
        return error_set(err, ENOMEM, "out of memory");
    all->items = items;
    for (i = 0; i < found.count; i++)
        if (is_of_series(p, &found.items[i], guest)) {
            items[all->count++] = found.items[i];
            found.items[i] = (struct listed_image){ .path = NULL };
        }
    return events_stopped(p->events, 0, 0, err);
}

static int on_verify(void *data, uint64_t done, uint64_t total)
{
    const struct prune_run *p = data;

    return events_progress(p->events, done, total);
}

/* 1: sound; 0: it is not, or nobody can say so. */
static int verify_pruned(struct prune_run *p, const struct listed_image *image,
                         struct xr_error *err)
{
    CLEANUP_VERIFY struct verify_result result = { .ok = false };
    const struct listener listener = {
        .progress = on_verify,
        .data = p,
    };
    const struct verify_options options = { .listener = &listener };
    CLEANUP_CLOSE int fd = open(image->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW
                                             | O_NONBLOCK | O_NOCTTY);
    struct xr_error why;
    int r = fd < 0 ? error_system(&why, errno, "it cannot be verified")
                   : verify_image(fd, &options, &result, &why);

    if (r == -ECANCELED || r == -ENOMEM) {
        if (err)
            *err = why;
        return r;
    }
    if (r) {
        events_say(p->events, MESSAGE_WARNING, "%s: %s", image->path,
                   why.message);
        note_system_error(p, listed_name(image), image->path, &why);
    } else if (!result.ok) {
        events_say(p->events, MESSAGE_WARNING, "%s is not sound", image->path);
    }
    return !r && result.ok;
}

/* The images of one guest, the oldest first. */
struct guest_images {
    struct pruned_image *images;
    size_t count;
};

static bool anything_goes(const struct guest_images *g)
{
    size_t i;

    for (i = 0; i < g->count; i++)
        if (!retention_keeps(&g->images[i].item))
            return true;
    return false;
}

static void apply_retention(const struct prune_run *p,
                            const struct guest_images *g,
                            struct retention_item *items)
{
    size_t i;

    for (i = 0; i < g->count; i++)
        items[i] = (struct retention_item){
            .when = g->images[g->count - 1 - i].image->when,
        };
    retention_apply(&p->options->retention, time(NULL), items, g->count);
    for (i = 0; i < g->count; i++)
        g->images[g->count - 1 - i].item = items[i];
    for (i = 0; i < g->count; i++)
        if (retention_keeps(&g->images[i].item))
            g->images[i].fate = PRUNE_KEPT;
}

/* 1: there is one, which stays; 0: there is none. */
static int find_newest_sound(struct prune_run *p, const struct guest_images *g,
                             struct xr_error *err)
{
    size_t i;
    int r = 0;

    for (i = g->count; !r && i; i--) {
        if (g->images[i - 1].item.future) /* it stays anyway, and counts for nothing */
            continue;
        r = verify_pruned(p, g->images[i - 1].image, err);
        g->images[i - 1].newest_sound = r == 1;
        if (r == 1)
            g->images[i - 1].fate = PRUNE_KEPT;
    }
    return r;
}

static void remove_pruned(struct prune_run *p, struct pruned_image *image)
{
    image->fate = PRUNE_REMOVED;
    if (p->options->dry_run
        || !image_remove(image->image->path, &image->image->seen, p->events,
                         &image->error))
        return;
    image->fate = PRUNE_STAYS;
    events_fail(p->events, image->image->path, &image->error);
    keep_first(p, listed_name(image->image), image->image->path,
               &image->error);
}

static void spare_guest(struct prune_run *p, const struct guest_images *g)
{
    const char *name = listed_name(g->images[0].image);
    struct xr_error err;
    size_t i;

    error_because(&err, XR_REASON_NOT_SOUND, EBADMSG, "none of its images "
                  "verifies, so that none is removed");
    events_fail(p->events, name, &err);
    keep_first(p, name, NULL, &err);
    for (i = 0; i < g->count; i++)
        if (g->images[i].fate != PRUNE_KEPT)
            g->images[i].error = err;
}

static int prune_guest(struct prune_run *p, const struct guest_images *g,
                       struct xr_error *err)
{
    CLEANUP_FREE struct retention_item *items = calloc(g->count + 1,
                                                       sizeof(*items));
    size_t i;
    int r;

    if (!items)
        return error_set(err, ENOMEM, "out of memory");
    apply_retention(p, g, items);
    if (!anything_goes(g))
        return 0;
    r = find_newest_sound(p, g, err);
    if (r < 0)
        return r;
    if (!r) {
        spare_guest(p, g);
        return 0;
    }
    for (i = 0; i < g->count; i++) {
        r = events_stopped(p->events, 0, 0, err);
        if (r)
            return r;
        if (g->images[i].fate != PRUNE_KEPT)
            remove_pruned(p, &g->images[i]);
    }
    return 0;
}

static int prune_each(struct prune_run *p, struct xr_error *err)
{
    struct pruning *out = p->out;
    size_t from = 0, to;
    int r = 0;

    for (to = 0; to < out->list.count; to++)
        out->images[to].image = &out->list.items[to];
    while (!r && from < out->list.count) {
        const char *name = listed_name(&out->list.items[from]);
        struct guest_images g = { .images = out->images + from };

        for (to = from; to < out->list.count
                        && !strcmp(listed_name(&out->list.items[to]), name);
             to++)
            g.count++;
        r = prune_guest(p, &g, err);
        from = to;
    }
    return r;
}

/* It is a checkpoint's, or a domain's that disks were made for. */
static int drop_wanted(struct prune_run *p, const char *id,
                       struct xr_error *err)
{
    bool dry = p->options->dry_run;
    int r = clones_drop(id, dry, p->events, err);

    if (r != -ENOENT) {
        p->out->disks_dropped += !r;
        return r;
    }
    r = copies_drop_stray(id, dry, p->events, err);
    p->out->dropped += !r;
    return r;
}

static void drop_wanted_copies(struct prune_run *p)
{
    char *const *id = p->options->drop_copies;
    struct xr_error err;

    for (; id && *id; id++) {
        if (!drop_wanted(p, *id, &err))
            continue;
        events_fail(p->events, *id, &err);
        keep_first(p, NULL, NULL, &err);
    }
}

static void tell_of_stray(const struct disk_copies *c, const char *why,
                          void *data)
{
    const struct prune_run *p = data;

    events_say(p->events, MESSAGE_WARNING, "%s: copies of its disks have no "
               "image: %s: %s; xen-resumable prune --drop-copies=%s removes "
               "them", c->name, c->image, why, c->id);
}

/* What was killed is ended first: it may be what somebody wants to drop. */
static void see_to_copies(struct prune_run *p)
{
    if (!p->options->dry_run)
        copies_sweep(p->events);
    drop_wanted_copies(p);
    p->out->disks_dropped += clones_sweep(p->options->dry_run,
                                          p->options->drop_copies, p->events);
    copies_each_stray(tell_of_stray, p);
}

int prune(const struct prune_options *options, const struct events *events,
          struct pruning *out, struct xr_error *err)
{
    struct prune_run p = { options, events, out };
    CLEANUP_PRUNE_LOCK int lock = -1;
    int r = options->dry_run ? 0 : prune_lock_take(events, &lock, err);

    *out = (struct pruning){ .images = NULL };
    if (!r)
        see_to_copies(&p);
    if (r || retention_is_empty(&options->retention))
        return r;
    r = series_check_folder(options->dir, err);
    if (!r)
        r = image_list_each_guest(options->dir, take_candidates_of, &p, err);
    if (r)
        return r;
    image_list_sort(&out->list);
    out->images = calloc(out->list.count + 1, sizeof(*out->images));
    if (!out->images)
        return error_set(err, ENOMEM, "out of memory");
    return prune_each(&p, err);
}
