/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/parent_image.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "format/pages.h"
#include "util/cleanup.h"

/* What older kernels' headers lack. */
#ifndef BCACHEFS_SUPER_MAGIC
#define BCACHEFS_SUPER_MAGIC 0xca451a4e
#endif
#ifndef OCFS2_SUPER_MAGIC
#define OCFS2_SUPER_MAGIC 0x7461636f
#endif

/*
 * A digest of each of its places lies in memory: no more of them than a guest
 * has given back and got anew, whatever file has the image's name.
 */
enum { TIMES_MAX = 4, PAGES_FREE = 1 << 16 };

static void say_useless(const struct parent_search *s, const char *path,
                        const char *why)
{
    events_say(s->events, MESSAGE_INFO, "%s cannot be the parent: %s", path,
               why);
}

/* A FIFO of that name must not be waited for. */
static int open_image(const char *path, struct stat *st, struct xr_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

    if (fd < 0)
        return error_system(err, errno, "it cannot be read");
    if (!fstat(fd, st) && S_ISREG(st->st_mode))
        return fd;
    close(fd);
    return error_set(err, EINVAL, "it is no file");
}

/*
 * The layout is read from the copy: whoever writes to the image meanwhile does
 * not change that.
 */
static bool is_the_guests(const struct parent_search *s, const char *path,
                          int copy, struct flat_layout *layout)
{
    CLEANUP_FREE char *uuid = NULL;
    struct xr_error err;
    const char *why = NULL;

    if (flat_layout_read(copy, layout, &uuid, &err))
        why = err.message;
    else if (strcmp(uuid, s->uuid))
        why = *uuid ? "it is of another guest" : "it does not say of which "
                                                 "guest it is";
    if (!why)
        return true;
    say_useless(s, path, why);
    return false;
}

static bool is_unchanged(int fd, const struct stat *before)
{
    struct stat now;

    return !fstat(fd, &now) && now.st_size == before->st_size
           && now.st_mtim.tv_sec == before->st_mtim.tv_sec
           && now.st_mtim.tv_nsec == before->st_mtim.tv_nsec;
}

/*
 * Where one block is written XFS has 128 KiB ready for what may come beside it,
 * and frees them minutes later: what has changed is to take no more than that.
 */
static void want_single_blocks(int fd)
{
    struct fsxattr attributes;
    struct statfs fs;

    if (fstatfs(fd, &fs) || ioctl(fd, FS_IOC_FSGETXATTR, &attributes))
        return;
    attributes.fsx_xflags |= FS_XFLAG_COWEXTSIZE;
    attributes.fsx_cowextsize = (uint32_t)fs.f_bsize;
    (void)ioctl(fd, FS_IOC_FSSETXATTR, &attributes);
}

/*
 * Of a copy that was of no use nothing is left first: FICLONE shortens no file,
 * and into a longer one it copies whole blocks only.
 */
static bool share_blocks(const struct parent_search *s, const char *path,
                         int from, int to)
{
    if (!ftruncate(to, 0) && !ioctl(to, FICLONE, from)) {
        want_single_blocks(to);
        return true;
    }
    say_useless(s, path, errno == EXDEV ? "it is on another file system"
                : errno == EOPNOTSUPP || errno == ENOTTY || errno == EINVAL
                  ? "this file system does not let files share blocks"
                  : strerror(errno));
    return false;
}

static bool is_far_longer(const struct parent_search *s, off_t size)
{
    return (uint64_t)size / PAGE_SIZE_BYTES
           > s->pages * TIMES_MAX + PAGES_FREE;
}

enum trial {
    TRIAL_PARENT,
    TRIAL_ANOTHER,    /* this one cannot be it */
    TRIAL_NO_SHARING, /* nor can any other one beside it */
};

/* First what costs nothing.  A failure: it cannot be opened. */
static int try_image(const struct parent_search *s, const char *path, int to,
                     struct flat_layout *layout, struct xr_error *err)
{
    CLEANUP_CLOSE int fd = -1;
    struct stat st = { .st_size = 0 };
    int opened = open_image(path, &st, err);

    if (opened < 0)
        return opened;
    fd = opened;
    if (is_far_longer(s, st.st_size)) {
        say_useless(s, path, "it is far longer than the guest's memory");
        return TRIAL_ANOTHER;
    }
    if (!share_blocks(s, path, fd, to))
        return TRIAL_NO_SHARING;
    if (is_the_guests(s, path, to, layout)) {
        if (is_unchanged(fd, &st))
            return TRIAL_PARENT;
        say_useless(s, path, "it was changed meanwhile");
    }
    flat_layout_free(layout);
    return TRIAL_ANOTHER;
}

/* It was there; somebody may have removed it since. */
static int try_named(const struct parent_search *s, int to,
                     struct flat_layout *layout, char **name_out,
                     struct xr_error *err)
{
    struct xr_error why;
    int r = try_image(s, s->wish, to, layout, &why);

    if (r < 0)
        say_useless(s, s->wish, why.message);
    if (r != TRIAL_PARENT)
        return 0;
    *name_out = strdup(s->wish);
    return *name_out ? 0 : error_set(err, ENOMEM, "out of memory");
}

/* PATH, which is the newest, then PATH.1 and so on. */
static int try_former(const struct parent_search *s, int to,
                      struct flat_layout *layout, char **name_out,
                      struct xr_error *err)
{
    unsigned int i;

    for (i = 0; i <= s->keep; i++) {
        CLEANUP_FREE char *name = NULL;
        int r = i ? asprintf(&name, "%s.%u", s->path, i)
                  : asprintf(&name, "%s", s->path);

        if (r < 0) {
            name = NULL;
            return error_set(err, ENOMEM, "out of memory");
        }
        r = try_image(s, name, to, layout, NULL);
        if (r == TRIAL_PARENT)
            *name_out = STEAL(name);
        if (r == TRIAL_PARENT || r == TRIAL_NO_SHARING)
            break;
    }
    return 0;
}

static bool names_an_image(const char *wish)
{
    return strcmp(wish, "auto") && strcmp(wish, "none");
}

int parent_image_check(const char *wish, struct xr_error *err)
{
    struct stat st;
    int fd = names_an_image(wish) ? open_image(wish, &st, err) : -1;

    if (fd >= 0)
        close(fd);
    return fd >= 0 || !names_an_image(wish) ? 0 : fd;
}

int parent_image_copy(const struct parent_search *s, int fd,
                      struct flat_layout *layout, char **name_out,
                      struct xr_error *err)
{
    *layout = (struct flat_layout){ .pages_begin = 0 };
    *name_out = NULL;
    if (!strcmp(s->wish, "none"))
        return 0;
    return names_an_image(s->wish)
           ? try_named(s, fd, layout, name_out, err)
           : try_former(s, fd, layout, name_out, err);
}

bool parent_image_is_likely(const char *path)
{
    struct statfs fs;
    struct stat st;

    if (stat(path, &st) || !S_ISREG(st.st_mode) || statfs(path, &fs))
        return false;
    switch (fs.f_type) {
    case XFS_SUPER_MAGIC:
    case BTRFS_SUPER_MAGIC:
    case OCFS2_SUPER_MAGIC:
    case BCACHEFS_SUPER_MAGIC:
    case NFS_SUPER_MAGIC:
        return true;
    default:
        return false;
    }
}
