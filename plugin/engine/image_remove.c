/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/image_remove.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/disk_copies.h"
#include "engine/rollback_note.h"
#include "engine/side_file.h"
#include "util/cleanup.h"
#include "util/fault.h"
#include "util/same_file.h"

static bool is_what_was_seen(const struct stat *now, const struct stat *seen)
{
    return S_ISREG(now->st_mode) && file_is_as_seen(now, seen);
}

/* Until it has gone for good: else its copies may be gone and it is not. */
static int sync_removal(const char *path, struct xr_error *err)
{
    CLEANUP_FREE char *copy = strdup(path);
    CLEANUP_CLOSE int fd = copy ? open(dirname(copy), O_RDONLY | O_DIRECTORY
                                                      | O_CLOEXEC) : -1;

    return fd < 0 || fsync(fd)
           ? error_system(err, errno, "the folder of %s", path) : 0;
}

static int open_what_was_seen(const char *path, const struct stat *seen,
                              struct xr_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK
                        | O_NOCTTY);
    struct stat now;

    if (fd < 0 && errno != ELOOP)
        return error_system(err, errno, "it stays");
    if (fd >= 0 && !fstat(fd, &now) && is_what_was_seen(&now, seen))
        return fd;
    if (fd >= 0)
        close(fd);
    return error_because(err, XR_REASON_LOCKED, EBUSY, "it was changed or "
                         "replaced meanwhile: it stays");
}

static int unlink_image(const char *path, int fd, struct disk_copies *going,
                        struct xr_error *err)
{
    int r = copies_removal_begin(fd, path, going, err);

    if (!r)
        r = fault_step("the removal", err);
    if (!r && unlink(path) && errno != ENOENT)
        r = error_system(err, errno, "it stays");
    if (r)
        copies_removal_undo(going);
    return r ? r : sync_removal(path, err);
}

/* A checkpoint that ends gives its image a name under the same lock. */
static int remove_what_was_seen(const char *path, const struct stat *seen,
                                struct disk_copies *going,
                                struct xr_error *err)
{
    CLEANUP_SIDE_FILES_LOCK int lock = -1;
    CLEANUP_CLOSE int fd = -1;
    struct xr_error why;
    int r = side_files_lock(&lock, err);

    if (r)
        return r;
    fd = open_what_was_seen(path, seen, &why);
    if (fd == -ENOENT)
        return 0;
    if (fd >= 0 && rollback_holds_image(fd))
        return error_because(err, XR_REASON_LOCKED, EBUSY, "a rollback needs "
                             "it: it stays");
    if (fd >= 0)
        return unlink_image(path, fd, going, err);
    if (err)
        *err = why;
    return fd;
}

/* Dropping copies may take long: without that lock. */
int image_remove(const char *path, const struct stat *seen,
                 const struct events *events, struct xr_error *err)
{
    CLEANUP_COPIES struct disk_copies going = DISK_COPIES_NONE;
    int r = remove_what_was_seen(path, seen, &going, err);

    if (!r)
        copies_removal_end(&going, events);
    return r;
}
