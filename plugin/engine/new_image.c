/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/new_image.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "engine/rollback_note.h"
#include "engine/rotation.h"
#include "engine/side_file.h"
#include "util/cleanup.h"
#include "util/fault.h"
#include "util/path.h"
#include "util/same_file.h"

/* Is something there that is not to be replaced by a file? */
static bool is_special(const char *path)
{
    struct stat st;

    return !stat(path, &st) && !S_ISREG(st.st_mode);
}

/* Who waits in open(2) for a FIFO's reader hears of nothing else. */
static int open_fifo(struct new_image *image, struct xr_error *err)
{
    int flags;

    image->fd = open(image->path, O_WRONLY | O_CLOEXEC | O_NONBLOCK);
    if (image->fd < 0)
        return error_system(err, errno == ENXIO ? EAGAIN : errno, "%s",
                            image->path);
    flags = fcntl(image->fd, F_GETFL);
    return flags < 0 || fcntl(image->fd, F_SETFL, flags & ~O_NONBLOCK)
           ? error_system(err, errno, "%s", image->path) : 0;
}

/* A block device is claimed: what is mounted, or a disk, is busy. */
static int open_in_place(struct new_image *image, struct xr_error *err)
{
    struct stat st;
    bool is_known = !path_is_stdout(image->path) && !stat(image->path, &st);
    bool is_block = is_known && S_ISBLK(st.st_mode);

    if (is_known && S_ISFIFO(st.st_mode))
        return open_fifo(image, err);
    image->fd = path_is_stdout(image->path)
                ? fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)
                : open(image->path, O_WRONLY | O_CLOEXEC
                                    | (is_block ? O_EXCL : 0));
    return image->fd < 0
           ? error_system(err, errno, "%s", image->path) : 0;
}

int new_image_name(struct new_image *image, const char *path,
                   struct xr_error *err)
{
    *image = (struct new_image){ .path = path, .fd = -1 };
    if (path_is_stdout(path) || is_special(path))
        return 0;
    image->temporary = side_file_name(path, SIDE_FILE_PARTIAL);
    return image->temporary ? 0 : error_set(err, ENOMEM, "out of memory");
}

int new_image_open(struct new_image *image, struct xr_error *err)
{
    CLEANUP_SIDE_FILES_LOCK int lock = -1;
    int r;

    if (!new_image_is_file(image))
        return open_in_place(image, err);
    r = side_files_lock(&lock, err);
    if (r)
        return r;
    image->fd = side_file_create(image->temporary, err);
    return image->fd < 0 ? image->fd : 0;
}

unsigned int new_image_clear(const char *path)
{
    CLEANUP_SIDE_FILES_LOCK int lock = -1;

    if (path_is_stdout(path) || is_special(path)
        || side_files_lock(&lock, NULL) || lock < 0)
        return 0;
    return side_files_remove(path, SIDE_FILE_PARTIAL);
}

/* The folder that path stands in, to be closed; -1. */
static int open_folder_of(const char *path)
{
    CLEANUP_FREE char *copy = strdup(path);

    return copy ? open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
                : -1;
}

static int sync_folder(const char *path, struct xr_error *err)
{
    CLEANUP_CLOSE int fd = open_folder_of(path);

    if (fd < 0 || fsync(fd))
        return error_system(err, errno, "the folder of %s", path);
    return 0;
}

int new_image_sync(struct new_image *image, struct xr_error *err)
{
    /* A pipe knows no fsync. */
    if (fsync(image->fd) && new_image_is_file(image))
        return error_system(err, errno, "%s", image->path);
    return 0;
}

/* It has its name, and is nobody's to remove any more. */
static int finish_commit(struct new_image *image, struct xr_error *err)
{
    cleanup_free(&image->temporary);
    image->temporary = NULL;
    return sync_folder(image->path, err);
}

/*
 * What cannot be noted of copies does not keep a new image from its name; but it does
 * if somebody is at work on them, and so on their image.
 */
static int begin_removal(const char *victim, const struct events *events,
                         struct disk_copies *out, struct xr_error *err)
{
    CLEANUP_CLOSE int fd = victim ? open(victim, O_RDONLY | O_CLOEXEC
                                                 | O_NOFOLLOW | O_NONBLOCK
                                                 | O_NOCTTY) : -1;
    struct xr_error why;
    struct stat st;
    int r;

    if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode))
        return 0;
    if (rollback_holds_image(fd))
        return error_because(err, XR_REASON_LOCKED, EBUSY, "the former %.120s "
                             "cannot be replaced: a rollback needs it",
                             victim);
    r = copies_removal_begin(fd, victim, out, &why);
    if (r == -EBUSY)
        return error_because(err, XR_REASON_LOCKED, EBUSY, "the former %s "
                             "cannot be replaced: %.150s",
                             victim, why.message);
    if (r)
        events_say(events, MESSAGE_WARNING, "copies of disks that belong to "
                   "the former %s stay: %s", victim, why.message);
    return 0;
}

static int commit_and_rotate(struct new_image *image, unsigned int keep,
                             const struct events *events,
                             struct disk_copies *going, struct xr_error *err)
{
    CLEANUP_SIDE_FILES_LOCK int lock = -1;
    CLEANUP_FREE char *victim = NULL;
    int r = side_files_lock(&lock, err);

    if (!r)
        r = rotation_victim(image->path, keep, &victim, err);
    if (!r)
        r = begin_removal(victim, events, going, err);
    if (r)
        return r;
    r = rotation_commit(image->path, image->temporary, keep, err);
    if (r)
        copies_removal_undo(going);
    return r ? r : finish_commit(image, err);
}

/* Where it is not on the disk yet the former one might come back. */
int new_image_put_in_place(struct new_image *image, unsigned int keep,
                           const struct events *events,
                           struct disk_copies *going, struct xr_error *err)
{
    int r = 0;

    *going = (struct disk_copies)DISK_COPIES_NONE;
    if (new_image_is_file(image))
        r = commit_and_rotate(image, keep, events, going, err);
    if (r)
        copies_free(going);
    return r;
}

int new_image_commit(struct new_image *image, unsigned int keep,
                     const struct events *events, struct xr_error *err)
{
    struct disk_copies going;
    int r = new_image_put_in_place(image, keep, events, &going, err);

    copies_removal_end(&going, events);
    return r;
}

/* Also of its owner and its attributes; a rename alone changes that time, too. */
static bool is_untouched(const char *path, const struct stat *before)
{
    struct stat now;

    return !lstat(path, &now) && file_is_as_seen(&now, before)
           && now.st_ctim.tv_sec == before->st_ctim.tv_sec
           && now.st_ctim.tv_nsec == before->st_ctim.tv_nsec;
}

static int leave_newer(struct xr_error *err)
{
    return error_because(err, XR_REASON_LOCKED, EBUSY, "it was changed or "
                         "replaced meanwhile: what is there now stays");
}

/*
 * Whoever has begun to write the former one in place, between the last look at it
 * and the exchange, gets it back.
 */
static int exchange_images(struct new_image *image, const struct stat *former,
                           struct xr_error *err)
{
    struct stat now;
    int r = fault_step("the exchange", err);

    if (r)
        return r;
    if (renameat2(AT_FDCWD, image->temporary, AT_FDCWD, image->path,
                  RENAME_EXCHANGE))
        /* Not every file system can do that. */
        return errno == EINVAL || errno == ENOSYS
               ? rotation_commit(image->path, image->temporary, 0, err)
               : error_system(err, errno, "%s", image->path);
    if (!lstat(image->temporary, &now) && file_is_as_seen(&now, former)) {
        unlink(image->temporary);
        return 0;
    }
    if (!renameat2(AT_FDCWD, image->temporary, AT_FDCWD, image->path,
                   RENAME_EXCHANGE))
        return leave_newer(err);
    r = error_system(err, errno, "it is now %.150s", image->temporary);
    cleanup_free(&image->temporary); /* it is not ours to remove */
    image->temporary = NULL;
    return r;
}

int new_image_replace(struct new_image *image, const struct stat *former,
                      struct xr_error *err)
{
    CLEANUP_SIDE_FILES_LOCK int lock = -1;
    int r = side_files_lock(&lock, err);

    if (!r && !is_untouched(image->path, former))
        r = leave_newer(err);
    if (!r)
        r = exchange_images(image, former, err);
    return r ? r : finish_commit(image, err);
}

void new_image_abandon(struct new_image *image)
{
    if (image->temporary && image->fd >= 0)
        unlink(image->temporary);
    cleanup_free(&image->temporary);
    image->temporary = NULL;
    cleanup_close(&image->fd);
    image->fd = -1;
}

/* Beyond it libxl-save-helper would be killed, in the middle of the image. */
static int check_limit(uint64_t bytes, struct xr_error *err)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_FSIZE, &limit) || limit.rlim_cur == RLIM_INFINITY
        || bytes <= limit.rlim_cur)
        return 0;
    return error_because(err, XR_REASON_NO_ROOM, EFBIG, "%" PRIu64 " MiB are "
                         "needed, and no file may be longer than %" PRIu64
                         " MiB here (ulimit -f)", (bytes >> 20) + 1,
                         (uint64_t)limit.rlim_cur >> 20);
}

int new_image_check_folder(const char *path, uint64_t bytes,
                           struct xr_error *err)
{
    CLEANUP_CLOSE int fd = -1;
    struct statvfs fs;
    uint64_t room;

    if (path_is_stdout(path) || is_special(path))
        return 0;
    fd = open_folder_of(path);
    if (fd < 0 || faccessat(fd, ".", W_OK, AT_EACCESS) || fstatvfs(fd, &fs))
        return error_system(err, errno, "the folder of %s", path);
    room = (uint64_t)fs.f_bavail * fs.f_frsize;
    if (room < bytes)
        return error_set(err, ENOSPC, "%" PRIu64 " MiB are needed and %" PRIu64
                         " MiB free", (bytes >> 20) + 1, room >> 20);
    return check_limit(bytes, err);
}
