/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/target.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "domain/held_disks.h"
#include "lib/save_image.h"
#include "util/cleanup.h"
#include "util/io.h"
#include "util/path.h"

enum {
    LINKS_MAX = 40, /* as Linux follows them */
    LINK_ROOM = 4096,
};

/*
 * Whoever may put links into a folder of others, such as /tmp, could choose what
 * is written to.  Linux refuses to follow them by the same rule.
 */
static bool is_trusted_link(const char *path, const struct stat *link)
{
    CLEANUP_FREE char *copy = strdup(path);
    struct stat folder;

    return link->st_uid == geteuid()
           || (copy && !stat(dirname(copy), &folder)
               && link->st_uid == folder.st_uid);
}

/* One step; *path is replaced.  1: it was a link, 0: it was none. */
static int follow_target_link(char **path)
{
    char text[LINK_ROOM], *next;
    const char *slash = strrchr(*path, '/');
    struct stat st;
    ssize_t n;

    if (lstat(*path, &st))
        return errno == ENOENT ? 0 : -errno;
    if (!S_ISLNK(st.st_mode))
        return 0;
    if (!is_trusted_link(*path, &st))
        return -EACCES;
    n = readlink(*path, text, sizeof(text) - 1);
    if (n < 0)
        return -errno;
    text[n] = '\0';
    if (*text == '/' || !slash)
        next = strdup(text);
    else if (asprintf(&next, "%.*s%s", (int)(slash - *path) + 1, *path,
                      text) < 0)
        next = NULL;
    if (!next)
        return -ENOMEM;
    free(*path);
    *path = next;
    return 1;
}

/* What /proc/self/fd says of a file that has no name any more is no path. */
static bool leads_there(const char *path, const struct stat *wanted)
{
    struct stat st;

    return !stat(path, &st) && st.st_dev == wanted->st_dev
           && st.st_ino == wanted->st_ino;
}

int target_resolve(const char *path, char **out, struct xr_error *err)
{
    CLEANUP_FREE char *found = strdup(path);
    struct stat st;
    bool exists = !stat(path, &st);
    int i, r = 1;

    if (!found)
        return error_set(err, ENOMEM, "out of memory");
    if (!path_is_stdout(path) && (!exists || S_ISREG(st.st_mode)))
        for (i = 0; r > 0; i++)
            r = i < LINKS_MAX ? follow_target_link(&found) : -ELOOP;
    if (r < 0)
        return error_system(err, -r, "%s", path);
    if (exists && !path_is_stdout(path) && !leads_there(found, &st))
        return error_set(err, ENOENT, "%s has no name in a folder", path);
    *out = STEAL(found);
    return 0;
}

/* Half an image is one, too: a save that failed has left it. */
static bool is_image(int fd)
{
    enum { BEGUN = 8 };
    uint8_t head[CONTAINER_MAGIC_SIZE];
    ssize_t n = pread_full(fd, head, sizeof(head), 0);

    if (n < CONTAINER_MAGIC_SIZE)
        return n >= BEGUN && container_is_begun(head, (size_t)n);
    return container_recognise(head) != CONTAINER_UNKNOWN;
}

static int refuse_disk(const char *path, const struct held_disk *disk,
                       struct xr_error *err)
{
    char text[HELD_TEXT_ROOM];

    held_disk_describe(disk, text);
    return error_because(err, XR_REASON_TARGET_IS_DISK, EPERM, "%.90s is %s, "
                         "or shares bytes with it", path, text);
}

static int check_layers(const struct held_disks *held,
                        const struct storage *storage, const char *path,
                        struct xr_error *err)
{
    CLEANUP_LAYERS struct layers layers = { 0 };
    const struct held_disk *disk;
    int r = layers_find(NULL, storage, &layers, err);

    if (r)
        return r;
    disk = held_disks_hit_by(held, &layers);
    return disk ? refuse_disk(path, disk, err) : 0;
}

/* The file system of the folder that it will be in. */
static int check_new_target(const struct held_disks *held, const char *path,
                            struct xr_error *err)
{
    CLEANUP_FREE char *copy = strdup(path);
    struct storage storage = { .is_device = false };
    struct stat st;

    if (!copy)
        return error_set(err, ENOMEM, "out of memory");
    if (!*path_base(path)) /* "", "folder/" */
        return error_set(err, EINVAL, "\"%s\" does not name a file", path);
    if (stat(dirname(copy), &st))
        return error_system(err, errno, "the folder of %s", path);
    storage.device = st.st_dev;
    return check_layers(held, &storage, path, err);
}

/* path: for the message; fd: of a regular file, or -1. */
static int check_there(const struct held_disks *held, const char *path,
                       const struct stat *st, int fd, bool force,
                       struct xr_error *err)
{
    struct storage storage;
    int r;

    if (S_ISDIR(st->st_mode))
        return error_set(err, EISDIR, "%s is a folder", path);
    if (!storage_of(st, &storage))
        return 0;
    r = check_layers(held, &storage, path, err);
    if (r || force)
        return r;
    if (storage.is_device)
        return error_because(err, XR_REASON_TARGET_IS_DEVICE, EPERM, "%s is a "
                             "block device; use --force to write over it",
                             path);
    if (fd >= 0 && st->st_size && !is_image(fd))
        return error_because(err, XR_REASON_TARGET_IS_NO_IMAGE, EPERM, "%s "
                             "exists and is not a save image; use --force to "
                             "replace it", path);
    return 0;
}

static int check_path(const struct held_disks *held, const char *path,
                      bool force, struct xr_error *err)
{
    CLEANUP_CLOSE int fd = -1;
    struct stat st;

    if (stat(path, &st))
        return errno == ENOENT ? check_new_target(held, path, err)
                               : error_system(err, errno, "%s", path);
    if (!S_ISREG(st.st_mode))
        return check_there(held, path, &st, -1, force, err);
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 || fstat(fd, &st))
        return error_system(err, errno, "%s", path);
    return check_there(held, path, &st, fd, force, err);
}

/* What stands where former images are kept: they move, and the last one goes. */
static int check_former(const struct held_disks *held,
                        const struct target *target, unsigned int number,
                        struct xr_error *err)
{
    CLEANUP_FREE char *path = NULL;
    struct stat st;

    if (asprintf(&path, "%s.%u", target->path, number) < 0) {
        path = NULL;
        return error_set(err, ENOMEM, "out of memory");
    }
    if (lstat(path, &st))
        return errno == ENOENT ? 0 : error_system(err, errno, "%s", path);
    if (S_ISLNK(st.st_mode)) /* what it leads to stays as it is */
        return 0;
    if (!S_ISREG(st.st_mode))
        return error_because(err, XR_REASON_TARGET_IS_NO_IMAGE, EPERM,
                             "%s is not a file: former images cannot be kept",
                             path);
    return check_path(held, path, target->force, err);
}

static int check_formers(const struct held_disks *held,
                         const struct target *target, struct xr_error *err)
{
    struct stat st;
    unsigned int i;
    int r = 0;

    if (stat(target->path, &st) || !S_ISREG(st.st_mode))
        return 0;
    for (i = 1; !r && i <= target->keep; i++)
        r = check_former(held, target, i, err);
    return r;
}

int target_check(const struct connection *connection,
                 const struct target *target, struct xr_error *err)
{
    CLEANUP_HELD_DISKS struct held_disks held = { 0 };
    int r;

    if (path_is_stdout(target->path))
        return target_check_fd(connection, target, STDOUT_FILENO, err);
    r = held_disks_find(connection->xch, connection->store, NULL, &held, err);
    if (!r)
        r = check_path(&held, target->path, target->force, err);
    return r ? r : check_formers(&held, target, err);
}

int target_check_fd(const struct connection *connection,
                    const struct target *target, int fd, struct xr_error *err)
{
    CLEANUP_HELD_DISKS struct held_disks held = { 0 };
    const char *name = path_is_stdout(target->path) ? "standard output"
                                                    : target->path;
    struct stat st;
    int r, flags = fcntl(fd, F_GETFL);

    if (flags < 0 || fstat(fd, &st))
        return error_system(err, errno, "%s", name);
    if ((flags & O_ACCMODE) == O_RDONLY)
        return error_system(err, EBADF, "%s", name);
    if (isatty(fd)) /* which the guest's memory would steer */
        return error_set(err, EINVAL, "%s is a terminal", name);
    if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))
        return 0;
    r = held_disks_find(connection->xch, connection->store, NULL, &held, err);
    return r ? r : check_there(&held, name, &st, -1, target->force, err);
}
