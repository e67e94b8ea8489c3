/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "domain/lock_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/cleanup.h"

#define FOLDER "/run/xen-resumable"

/* XR_RUN_DIR: for trees that are not installed. */
static const char *folder_path(void)
{
    const char *named = secure_getenv("XR_RUN_DIR");

    return named && *named ? named : FOLDER;
}

static int check_folder(int fd, const char *path, struct xr_error *err)
{
    struct stat st;

    if (fstat(fd, &st))
        return error_system(err, errno, "%s", path);
    if (st.st_uid != geteuid())
        return error_set(err, EPERM, "%s belongs to user %u", path,
                         (unsigned int)st.st_uid);
    /* What others may have put there so far is refused by itself. */
    if (st.st_mode & 077 && fchmod(fd, 0700))
        return error_system(err, errno, "%s", path);
    return 0;
}

/* -ENOENT if there is none and it is not to be made. */
static int open_lock_folder(bool create, struct xr_error *err)
{
    const char *path = folder_path();
    CLEANUP_CLOSE int fd = -1;
    int r;

    if (create && mkdir(path, 0700) && errno != EEXIST)
        return error_system(err, errno, "%s", path);
    fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return error_system(err, errno, "%s", path);
    r = check_folder(fd, path, err);
    if (r)
        return r;
    r = fd;
    fd = -1;
    return r;
}

static int check_lock_file(int fd, const char *name, struct xr_error *err)
{
    struct stat st;

    if (fstat(fd, &st))
        return error_system(err, errno, "%s/%s", folder_path(), name);
    if (!S_ISREG(st.st_mode))
        return error_set(err, EINVAL, "%s/%s is no regular file",
                         folder_path(), name);
    if (st.st_uid != geteuid())
        return error_set(err, EPERM, "%s/%s belongs to user %u",
                         folder_path(), name, (unsigned int)st.st_uid);
    return 0;
}

int lock_file_open(const char *name, bool create, struct xr_error *err)
{
    CLEANUP_CLOSE int folder = open_lock_folder(create, err);
    CLEANUP_CLOSE int fd = -1;
    int r;

    if (folder < 0)
        return folder;
    fd = openat(folder, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK
                              | O_NOCTTY | (create ? O_CREAT : 0), 0600);
    if (fd < 0)
        return error_system(err, errno, "%s/%s", folder_path(), name);
    r = check_lock_file(fd, name, err);
    if (r)
        return r;
    r = fd;
    fd = -1;
    return r;
}

bool lock_file_is_current(int fd, const char *name)
{
    CLEANUP_CLOSE int folder = open_lock_folder(false, NULL);
    struct stat mine, there;

    return folder >= 0 && !fstat(fd, &mine)
           && !fstatat(folder, name, &there, AT_SYMLINK_NOFOLLOW)
           && mine.st_dev == there.st_dev && mine.st_ino == there.st_ino;
}

void lock_file_remove(const char *name)
{
    CLEANUP_CLOSE int folder = open_lock_folder(false, NULL);

    if (folder >= 0)
        unlinkat(folder, name, 0);
}

static struct flock on_byte(enum lock_byte byte, short type)
{
    return (struct flock){
        .l_type = type,
        .l_whence = SEEK_SET,
        .l_start = (off_t)byte,
        .l_len = 1,
    };
}

bool lock_file_lock(int fd, enum lock_byte byte)
{
    struct flock lock = on_byte(byte, F_WRLCK);

    return !fcntl(fd, F_OFD_SETLK, &lock);
}

void lock_file_unlock(int fd, enum lock_byte byte)
{
    struct flock lock = on_byte(byte, F_UNLCK);

    fcntl(fd, F_OFD_SETLK, &lock);
}

bool lock_file_is_locked(int fd, enum lock_byte byte)
{
    struct flock lock = on_byte(byte, F_WRLCK);

    return !fcntl(fd, F_OFD_GETLK, &lock) && lock.l_type != F_UNLCK;
}
