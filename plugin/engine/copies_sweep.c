/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What somebody who was killed has left of copies of disks is brought to its end here,
 * by what is there: nothing is dropped whose image may be somewhere.
 */
#include "config.h"

#include "engine/copies_ledger.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "domain/lock.h"
#include "engine/side_file.h"
#include "lib/save_image.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/fault.h"
#include "util/path.h"

enum {
    DRIVER_LIMIT = 600, /* seconds */
    SWEEP_LIMIT = 60,   /* a guest's checkpoint waits for it */
    MS_PER_SECOND = 1000,
};

/* --- where the image is */

/* Inodes are given out again where no times of birth tell one from another. */
static bool has_their_record(int folder, const char *file,
                             const struct disk_copies *c)
{
    CLEANUP_KEYLIST struct keylist record = { 0 };
    CLEANUP_CLOSE int fd = openat(folder, file, O_RDONLY | O_CLOEXEC
                                                | O_NOFOLLOW | O_NONBLOCK
                                                | O_NOCTTY);
    const char *id;

    if (fd < 0 || save_image_metadata(fd, &record, NULL))
        return false;
    id = keylist_get(&record, "checkpoint.id");
    return id && !strcmp(id, c->id);
}

static bool is_their_file(int folder, const char *file,
                          const struct disk_copies *c,
                          struct file_mark *mark_out)
{
    struct file_mark mark;

    if (file_mark_read(folder, file, &mark) || !mark.is_file
        || (!file_mark_is_same(&mark, &c->file)
            && !file_mark_is_same(&mark, &c->other))
        || (!mark.has_birth && !has_their_record(folder, file, c)))
        return false;
    if (mark_out)
        *mark_out = mark;
    return true;
}

/* Under any name; that of a side file counts only where there is no other. */
static enum image_place look_through(DIR *dir, const struct disk_copies *c,
                                     struct file_mark *found)
{
    enum image_place place = PLACE_NOWHERE;
    struct dirent *entry;
    enum side_file kind;

    while (place != PLACE_THERE && (entry = readdir(dir))) {
        if ((entry->d_type != DT_REG && entry->d_type != DT_UNKNOWN)
            || !is_their_file(dirfd(dir), entry->d_name, c, found))
            continue;
        place = !side_file_is_one(entry->d_name, &kind) ? PLACE_THERE
                : kind == SIDE_FILE_FORMER || place == PLACE_FORMER
                  ? PLACE_FORMER : PLACE_PARTIAL;
    }
    return place;
}

static bool is_the_folder(int fd, const struct disk_copies *c)
{
    struct file_mark mark;

    return !file_mark_read(fd, "", &mark)
           && file_mark_is_same(&mark, &c->folder);
}

enum image_place copies_look(const struct disk_copies *c,
                             struct file_mark *found)
{
    CLEANUP_FREE char *copy = strdup(c->image);
    CLEANUP_DIR DIR *dir = copy ? opendir(dirname(copy)) : NULL;

    if (!dir || !is_the_folder(dirfd(dir), c))
        return PLACE_UNSEEN;
    if (is_their_file(dirfd(dir), path_base(c->image), c, found))
        return PLACE_THERE;
    return look_through(dir, c, found);
}

/* --- dropping */

static bool drop_each(struct disk_copies *c, const struct events *events)
{
    const struct disk_drivers drivers = {
        .limit = c->limit ? c->limit : DRIVER_LIMIT,
        .name = c->name,
        .checkpoint = c->id,
    };
    uint64_t until = clock_ms() + (uint64_t)drivers.limit * MS_PER_SECOND;
    struct xr_error err;
    bool all = true;
    size_t i;

    for (i = 0; i < c->count; i++) {
        const struct disk_copy *item = &c->items[i];

        if (!fault_step("the drop of a copy", &err)
            && !disk_driver_drop(&drivers, item->driver, item->copy, &err))
            continue;
        all = false;
        events_say(events, MESSAGE_WARNING, "%s: cannot remove %s, the copy "
                   "of its disk %s: %s; the next %sprune tries again", c->name,
                   item->copy, item->dev, err.message,
                   c->state == COPIES_CLONES ? "" : "checkpoint or ");
        if (clock_ms() >= until)
            break;
    }
    return all;
}

bool copies_drop(struct disk_copies *c, const struct events *events)
{
    struct xr_error err;

    if (!drop_each(c, events))
        return false;
    if (ledger_remove(c, &err)) {
        events_say(events, MESSAGE_WARNING, "%s: %s", c->name, err.message);
        return false;
    }
    return true;
}

static void drop_left(struct disk_copies *c, const struct events *events)
{
    if (copies_drop(c, events))
        events_say(events, MESSAGE_INFO, "%s: removed the copies of its disks "
                   "of checkpoint %s, which has no image", c->name,
                   c->id);
}

/* What takes the copies may outlive the command that has noted them. */
static bool is_still_at_work(const struct disk_copies *c)
{
    char text[LOCK_TEXT_ROOM];

    return c->state == COPIES_NEW && lock_is_busy(c->uuid, LOCK_NO_DOMID, text);
}

/* The image never got its name, as far as was noted. */
static void settle_new(struct disk_copies *c, const struct events *events)
{
    enum image_place place = c->file.is_set ? copies_look(c, NULL)
                                            : PLACE_PARTIAL;

    if (is_still_at_work(c))
        return;
    if (place == PLACE_THERE || place == PLACE_FORMER)
        (void)ledger_move(c, COPIES_KEPT, NULL);
    else if (place == PLACE_PARTIAL)
        drop_left(c, events);
}

/* Somebody has begun to remove it. */
static void settle_gone(struct disk_copies *c, const struct events *events)
{
    enum image_place place = copies_look(c, NULL);

    if (place == PLACE_THERE)
        (void)ledger_move(c, COPIES_KEPT, NULL);
    else if (place == PLACE_NOWHERE)
        drop_left(c, events);
}

void copies_settle(struct disk_copies *c, const struct events *events)
{
    if (c->state == COPIES_NEW)
        settle_new(c, events);
    else if (c->state == COPIES_GONE)
        settle_gone(c, events);
}

/* --- all of them */

struct sweep {
    const struct events *events;
    uint64_t until; /* ms: what is left then is the next sweep's */
};

static void sweep_one(const char *id, enum copies_state state, void *data)
{
    CLEANUP_COPIES struct disk_copies c = DISK_COPIES_NONE;
    const struct sweep *s = data;

    if (state == COPIES_KEPT || state == COPIES_CLONES
        || clock_ms() >= s->until
        || ledger_take(id, state, &c, NULL))
        return;
    c.limit = SWEEP_LIMIT;
    copies_settle(&c, s->events);
}

void copies_sweep(const struct events *events)
{
    struct sweep s = {
        events, clock_ms() + (uint64_t)SWEEP_LIMIT * MS_PER_SECOND,
    };
    struct xr_error err;

    if (ledger_each(sweep_one, &s, &err))
        events_say(events, MESSAGE_WARNING, "copies of disks: %s",
                   err.message);
}

struct stray_visit {
    copies_visit_stray *visit;
    void *data;
};

static void see_whether_stray(const char *id, enum copies_state state,
                              void *data)
{
    CLEANUP_COPIES struct disk_copies c = DISK_COPIES_NONE;
    const struct stray_visit *v = data;
    enum image_place place;

    if (state == COPIES_CLONES || ledger_take(id, state, &c, NULL)
        || (c.state == COPIES_NEW && !c.file.is_set))
        return;
    place = copies_look(&c, NULL);
    if (place == PLACE_NOWHERE)
        v->visit(&c, "it is gone", v->data);
    else if (place == PLACE_UNSEEN)
        v->visit(&c, "its folder is gone, or not mounted",
                 v->data);
}

void copies_each_stray(copies_visit_stray *visit, void *data)
{
    struct stray_visit v = { visit, data };

    (void)ledger_each(see_whether_stray, &v, NULL);
}

static int take_in_any_state(const char *id, struct disk_copies *out,
                             struct xr_error *err)
{
    enum copies_state state;
    int r = -ENOENT;

    if (!ledger_id_is_valid(id))
        return error_set(err, ENOENT, "%.40s is not the id of a checkpoint",
                         id);
    for (state = COPIES_NEW; r == -ENOENT && state <= COPIES_GONE; state++)
        r = ledger_take(id, state, out, err);
    return r == -ENOENT ? error_set(err, ENOENT, "this host has no copies of "
                                    "checkpoint %s", id) : r;
}

int copies_drop_stray(const char *id, bool dry_run,
                      const struct events *events, struct xr_error *err)
{
    CLEANUP_COPIES struct disk_copies c = DISK_COPIES_NONE;
    int r = take_in_any_state(id, &c, err);

    if (r)
        return r;
    if (is_still_at_work(&c))
        return error_because(err, XR_REASON_LOCKED, EBUSY, "its checkpoint is "
                             "still running");
    if (copies_look(&c, NULL) == PLACE_THERE)
        return error_because(err, XR_REASON_NOT_ALLOWED, EPERM, "its image "
                             "still exists: %s; remove the image instead",
                             c.image);
    if (dry_run || copies_drop(&c, events))
        return 0;
    return error_set(err, EIO, "not all of the copies could be removed");
}
