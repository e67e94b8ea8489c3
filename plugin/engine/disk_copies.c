/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/disk_copies.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "engine/copies_ledger.h"
#include "engine/copies_text.h"
#include "lib/save_image.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/fault.h"
#include "util/path.h"

enum {
    PATIENCE_MS = 10 * 1000,
    PAUSE_NS = 20 * 1000 * 1000,
};

/* Explicitly, for a guardian may have the lock, too, and live longer. */
void copies_unlock(struct disk_copies *c)
{
    struct flock unlock = { .l_type = F_UNLCK, .l_whence = SEEK_SET };

    if (c->lock >= 0)
        fcntl(c->lock, F_OFD_SETLK, &unlock);
    cleanup_close(&c->lock);
    c->lock = -1;
}

void copies_free(struct disk_copies *c)
{
    int saved = errno;

    copies_unlock(c);
    copies_forget(c);
    free(c->id);
    *c = (struct disk_copies)DISK_COPIES_NONE;
    errno = saved;
}

/* --- those of a new image */

/* From wherever it is looked for later; *folder is the mark of where it stands. */
static int find_place(const char *image, char **path_out,
                      struct file_mark *folder_out, struct xr_error *err)
{
    CLEANUP_FREE char *copy = strdup(image);
    CLEANUP_FREE char *folder = copy ? realpath(dirname(copy), NULL) : NULL;
    int r;

    if (!folder)
        return error_system(err, errno, "the folder of %s", image);
    r = file_mark_read(AT_FDCWD, folder, folder_out);
    if (r)
        return error_system(err, -r, "%s", folder);
    if (asprintf(path_out, "%s/%s", strcmp(folder, "/") ? folder : "",
                 path_base(image)) >= 0)
        return 0;
    *path_out = NULL;
    return error_set(err, ENOMEM, "out of memory");
}

static int take_planned(struct disk_copies *c, const struct planned_disk *disk)
{
    struct disk_copy *item = &c->items[c->count++];

    *item = (struct disk_copy){
        .dev = strdup(disk->dev),
        .target = strdup(disk->target),
        .format = strdup(disk->format),
        .driver = strdup(disk->driver),
        .copy = strdup(disk->copy),
    };
    return item->dev && item->target && item->format && item->driver
           && item->copy ? 0 : -ENOMEM;
}

static int take_plan(struct disk_copies *c, const struct disk_plan *plan)
{
    size_t i;
    int r = 0;

    c->items = calloc(plan->count + 1, sizeof(*c->items));
    if (!c->items)
        return -ENOMEM;
    for (i = 0; !r && i < plan->count; i++)
        if (plan->items[i].driver)
            r = take_planned(c, &plan->items[i]);
    return r;
}

int copies_begin(const char *id, const char *image, const char *name,
                 const char *uuid, const struct disk_plan *plan,
                 struct disk_copies *out, struct xr_error *err)
{
    CLEANUP_COPIES struct disk_copies c = DISK_COPIES_NONE;
    int r;

    if (!ledger_id_is_valid(id))
        return error_set(err, EINVAL, "%.40s is not the id of a checkpoint",
                         id);
    c.id = strdup(id);
    c.name = strdup(name);
    c.uuid = strdup(uuid);
    if (!c.id || !c.name || !c.uuid || take_plan(&c, plan))
        return error_set(err, ENOMEM, "out of memory");
    r = find_place(image, &c.image, &c.folder, err);
    if (!r)
        r = ledger_create(&c, err);
    if (r)
        return r;
    *out = c;
    c = (struct disk_copies)DISK_COPIES_NONE;
    return 0;
}

static bool are_none(const struct disk_copies *c)
{
    return c->lock < 0;
}

/* Of the files that the image is, or may be. */
static int note_files(struct disk_copies *c, const struct file_mark *file,
                      const struct file_mark *other, struct xr_error *err)
{
    CLEANUP_KEYLIST struct keylist line = { 0 };
    int r;

    if (copies_set_mark(&line, "file", file)
        || copies_set_mark(&line, "other", other))
        return error_set(err, ENOMEM, "out of memory");
    r = ledger_note(c, &line, err);
    if (r)
        return r;
    c->file = *file;
    c->other = *other;
    return 0;
}

static int mark_of(int fd, struct file_mark *out, struct xr_error *err)
{
    int r = file_mark_read(fd, "", out);

    return r ? error_system(err, -r, "the image") : 0;
}

int copies_keep(struct disk_copies *c, int fd, struct xr_error *err)
{
    return copies_image_is(c, fd, err);
}

int copies_image_is(struct disk_copies *c, int fd, struct xr_error *err)
{
    const struct file_mark none = { .is_set = false };
    struct file_mark mark;
    int r;

    if (are_none(c))
        return 0;
    r = mark_of(fd, &mark, err);
    return r ? r : note_files(c, &mark, &none, err);
}

int copies_image_may_be(struct disk_copies *c, int fd, struct xr_error *err)
{
    struct file_mark mark;
    int r;

    if (are_none(c))
        return 0;
    r = mark_of(fd, &mark, err);
    return r ? r : note_files(c, &c->file, &mark, err);
}

int copies_end(struct disk_copies *c, struct xr_error *err)
{
    int r = are_none(c) || c->state != COPIES_NEW
            ? 0 : ledger_move(c, COPIES_KEPT, err);

    copies_free(c);
    return r;
}

void copies_give_up(struct disk_copies *c, const struct events *events)
{
    enum image_place place;

    if (are_none(c))
        return;
    place = c->file.is_set ? copies_look(c, NULL) : PLACE_PARTIAL;
    if (place == PLACE_THERE || place == PLACE_FORMER)
        (void)copies_end(c, NULL);
    else if (place != PLACE_UNSEEN && c->state == COPIES_NEW)
        (void)copies_drop(c, events);
    copies_free(c);
}

void copies_inherit(struct disk_copies *c, const struct events *events)
{
    if (are_none(c))
        return;
    if (!ledger_refresh(c, NULL))
        copies_settle(c, events);
    copies_free(c);
}

/* --- those of an image that is there */

/*
 * What was left in the middle is brought to its end before anybody has it.  -EAGAIN:
 * it has got another name.
 */
static int take_kept(const char *id, struct disk_copies *out,
                     struct xr_error *err)
{
    static const struct events quiet = { .data = NULL };
    CLEANUP_COPIES struct disk_copies left = DISK_COPIES_NONE;
    enum copies_state state;
    int r = ledger_take(id, COPIES_KEPT, out, err);

    for (state = COPIES_NEW; r == -ENOENT && state <= COPIES_GONE; state++) {
        if (state == COPIES_KEPT)
            continue;
        r = ledger_take(id, state, &left, err);
        if (r)
            continue;
        copies_settle(&left, &quiet);
        if (left.state == COPIES_KEPT) {
            *out = left;
            left = (struct disk_copies)DISK_COPIES_NONE;
            return 0;
        }
        return error_set(err, ENOENT, "the image of checkpoint %s is not "
                         "found", id);
    }
    return r;
}

int copies_find(const char *id, struct disk_copies *out, struct xr_error *err)
{
    const struct timespec pause = { .tv_nsec = PAUSE_NS };
    uint64_t until = clock_ms() + PATIENCE_MS;
    int r;

    if (!ledger_id_is_valid(id))
        return error_set(err, ENOENT, "%.40s is not the id of a checkpoint",
                         id);
    for (;;) {
        r = take_kept(id, out, err);
        if ((r != -EBUSY && r != -ESTALE) || clock_ms() >= until)
            return r;
        nanosleep(&pause, NULL);
    }
}

int copies_peek(const char *id, struct disk_copies *out, struct xr_error *err)
{
    return ledger_id_is_valid(id)
           ? ledger_take(id, COPIES_KEPT, out, err)
           : error_set(err, ENOENT, "%.40s is not the id of a checkpoint", id);
}

/* 1 and the id, or 0: there is none; -ENOMEM. */
static int named_checkpoint(int fd, char **id_out)
{
    CLEANUP_KEYLIST struct keylist record = { 0 };
    const char *id;
    int r;

    if (lseek(fd, 0, SEEK_SET) < 0)
        return 0;
    r = save_image_metadata(fd, &record, NULL);
    id = r ? NULL : keylist_get(&record, "checkpoint.id");
    if (!id || !ledger_id_is_valid(id))
        return r == -ENOMEM ? r : 0;
    *id_out = strdup(id);
    return *id_out ? 1 : -ENOMEM;
}

/*
 * A snapshot of a whole file system has the same files once more: the one that is
 * where it was noted comes first.
 */
static bool belong_to(const struct disk_copies *c, const struct file_mark *mark)
{
    struct file_mark there;

    if (!file_mark_is_same(mark, &c->file)
        && !file_mark_is_same(mark, &c->other))
        return false;
    return copies_look(c, &there) != PLACE_THERE
           || there.device == mark->device;
}

int copies_of_image(int fd, struct disk_copies *out, struct xr_error *err)
{
    CLEANUP_COPIES struct disk_copies found = DISK_COPIES_NONE;
    CLEANUP_FREE char *id = NULL;
    struct file_mark mark;
    int r = named_checkpoint(fd, &id);

    *out = (struct disk_copies)DISK_COPIES_NONE;
    if (r < 0)
        return error_set(err, ENOMEM, "out of memory");
    if (!r)
        return 0;
    r = copies_find(id, &found, err);
    if (r)
        return r == -ENOENT ? 0 : r;
    r = mark_of(fd, &mark, err);
    if (r || !belong_to(&found, &mark))
        return r;
    *out = found;
    found = (struct disk_copies)DISK_COPIES_NONE;
    return 0;
}

/* Where it will be looked for. */
static int note_place(struct disk_copies *c, const char *path,
                      struct xr_error *err)
{
    CLEANUP_KEYLIST struct keylist line = { 0 };
    CLEANUP_FREE char *place = NULL;
    struct file_mark folder;
    int r = find_place(path, &place, &folder, err);

    if (r)
        return r;
    if (!strcmp(place, c->image) && file_mark_is_same(&folder, &c->folder))
        return 0;
    if (keylist_set_text(&line, "image", place)
        || copies_set_mark(&line, "folder", &folder))
        return error_set(err, ENOMEM, "out of memory");
    r = ledger_note(c, &line, err);
    if (r)
        return r;
    free(c->image);
    c->image = STEAL(place);
    c->folder = folder;
    return 0;
}

static bool has_other_names(int fd)
{
    struct stat st;

    return fstat(fd, &st) || st.st_nlink > 1;
}

/*
 * What cannot be noted, on a disk that is full, keeps nobody from removing an image:
 * only if this process is killed as well its copies stay.
 */
int copies_removal_begin(int fd, const char *path, struct disk_copies *out,
                         struct xr_error *err)
{
    int r;

    *out = (struct disk_copies)DISK_COPIES_NONE;
    if (has_other_names(fd))
        return 0;
    r = copies_of_image(fd, out, err);
    if (r || are_none(out))
        return r;
    if (!note_place(out, path, NULL))
        (void)ledger_move(out, COPIES_GONE, NULL);
    return 0;
}

void copies_removal_undo(struct disk_copies *c)
{
    if (!are_none(c) && c->state == COPIES_GONE)
        (void)ledger_move(c, COPIES_KEPT, NULL);
    copies_free(c);
}

/* If somebody has given it another name at this very moment, it is still there. */
void copies_removal_end(struct disk_copies *c, const struct events *events)
{
    enum image_place place = are_none(c) ? PLACE_FORMER : copies_look(c, NULL);

    if (place == PLACE_THERE)
        copies_removal_undo(c);
    else if (place != PLACE_FORMER)
        (void)copies_drop(c, events);
    copies_free(c);
}
