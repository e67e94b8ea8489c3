/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "lib/stored_kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/flatten.h"
#include "lib/image_notes.h"
#include "util/cleanup.h"

enum { LINKS_MAX = 40 };

static bool config_says(const struct values *config, const char *key,
                        const char *value)
{
    const char *is = values_get(config, key);

    return is && !strcasecmp(is, value);
}

static bool config_gives(const struct values *config, const char *key)
{
    return values_find(config, key) && !config_says(config, key, "null");
}

/* libxl has kept the kernel of a PV guest in three places. */
static const char *named_kernel(const struct values *config)
{
    static const char *const keys[] = {
        "b_info.kernel", "b_info.type.pv.kernel", "b_info.u.pv.kernel",
    };
    const char *path = NULL;
    size_t i;

    for (i = 0; !path && i < sizeof(keys) / sizeof(keys[0]); i++)
        path = values_get(config, keys[i]);
    return path;
}

/* The file's name as configured, or NULL and why. */
static const char *find_kernel(const struct values *config,
                               const char *uuid, struct xr_error *err)
{
    const char *path = named_kernel(config);
    int code = ENOENT;
    const char *why = NULL;

    if (!config_says(config, "c_info.uuid", uuid)) {
        code = EINVAL;
        why = "libxl's configuration belongs to another domain";
    } else if (!config_says(config, "c_info.type", "pv")
               && !config_says(config, "c_info.type", "pvh")) {
        why = "the configuration names the kernel of PV and PVH domains only";
    } else if (config_gives(config, "b_info.bootloader")
               || config_gives(config, "b_info.type.pv.bootloader")
               || config_gives(config, "b_info.u.pv.bootloader")) {
        why = "a boot loader took the kernel out of the guest's disk";
    } else if (config_says(config, "b_info.type.pvh.pvshim", "true")) {
        why = "the guest runs in the PV shim";
    } else if (!path) {
        why = "libxl's configuration names no kernel";
    } else if (*path != '/') {
        why = "libxl's configuration does not say where the kernel is";
    }
    if (!why)
        return path;
    error_set(err, code, "%s", why);
    return NULL;
}

/* As old as the domain to the second is not older. */
static bool is_older(const struct stat *st, int64_t started)
{
    return st->st_ctime < started && st->st_mtime < started;
}

static int refuse_newer(const char *path, struct xr_error *err)
{
    return error_set(err, ESTALE, "%.100s is newer than the domain", path);
}

/* Puts the target of the link of n bytes in front of rest, into out. */
static int follow_kernel_link(const char *link, char out[PATH_MAX],
                              const char *rest)
{
    char target[PATH_MAX];
    const char *slash = strrchr(link, '/');
    ssize_t n = readlink(link, target, sizeof(target) - 1);
    int length;

    if (n < 0)
        return -errno;
    target[n] = '\0';
    length = snprintf(out, PATH_MAX, "%.*s%s%s",
                      *target == '/' ? 0 : (int)(slash - link + 1), link,
                      target, rest);
    return length < PATH_MAX ? 0 : -ENAMETOOLONG;
}

/*
 * Each file that comes or goes changes both times of a directory; when it got
 * another name itself, only the one.  What came later hides that, and nothing
 * tells when a file system was mounted.
 */
static bool was_moved(const struct stat *st, int64_t started)
{
    return S_ISDIR(st->st_mode) && st->st_ctime >= started
           && (st->st_ctim.tv_sec != st->st_mtim.tv_sec
               || st->st_ctim.tv_nsec != st->st_mtim.tv_nsec);
}

/*
 * A link that was set anew, and a directory that was put into another's place,
 * lead to an old file that is another one.
 */
static int check_way(const char *path, int64_t started,
                       struct xr_error *err)
{
    char way[PATH_MAX], part[PATH_MAX], next[PATH_MAX];
    unsigned int links = 0;
    struct stat st;
    size_t at = 1;
    int r;

    if ((size_t)snprintf(way, sizeof(way), "%s", path) >= sizeof(way))
        return error_system(err, ENAMETOOLONG, "%.100s", path);
    while (way[at - 1]) {
        at += strcspn(way + at, "/");
        memcpy(part, way, at);
        part[at] = '\0';
        r = lstat(part, &st) ? -errno : 0;
        if (!r && S_ISLNK(st.st_mode)) {
            if (!is_older(&st, started))
                return refuse_newer(part, err);
            r = links++ < LINKS_MAX ? follow_kernel_link(part, next, way + at)
                                    : -ELOOP;
            if (!r)
                memcpy(way, next, strlen(next) + 1);
            at = 0;
        } else if (!r && was_moved(&st, started)) {
            return refuse_newer(part, err);
        }
        if (r)
            return error_system(err, -r, "%.100s", path);
        at++;
    }
    return 0;
}

static int check_kernel_file(int fd, const char *path, int64_t started,
                             struct xr_error *err)
{
    struct stat st;

    if (fstat(fd, &st))
        return error_system(err, errno, "%.100s", path);
    if (!S_ISREG(st.st_mode))
        return error_set(err, EINVAL, "%.100s is not a file", path);
    return is_older(&st, started) ? 0 : refuse_newer(path, err);
}

static int read_kernel(const char *path, int64_t started,
                       struct keylist *out, struct xr_error *err)
{
    CLEANUP_KEYLIST struct keylist notes = { 0 };
    CLEANUP_CLOSE int fd = -1;
    struct image_info info;
    int r;

    r = check_way(path, started, err);
    if (r)
        return r;
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return error_system(err, errno, "%.100s", path);
    r = check_kernel_file(fd, path, started, err);
    if (!r)
        r = image_notes_from_fd(fd, &notes, &info, err);
    /* Was it written to meanwhile? */
    if (!r)
        r = check_kernel_file(fd, path, started, err);
    if (r)
        return r;
    if (info.loader)
        return error_set(err, ENOENT, "%.100s is %s, not the guest's kernel",
                         path, info.loader);
    *out = notes;
    notes = (struct keylist){ 0 };
    return 0;
}

int stored_kernel_notes(const char *json, size_t n, const char *uuid,
                        int64_t started, struct keylist *out,
                        struct buffer *path_out, struct xr_error *err)
{
    CLEANUP_VALUES struct values config = { 0 };
    const char *path;
    struct xr_error own;
    int r;

    if (!err)
        err = &own;
    r = flatten_json(json, n, &config, err);
    if (r)
        return r;
    path = find_kernel(&config, uuid, err);
    if (!path)
        return -err->code;
    r = read_kernel(path, started, out, err);
    if (r)
        return r;
    buffer_puts(path_out, path);
    if (!buffer_failed(path_out))
        return 0;
    keylist_free(out);
    return error_set(err, ENOMEM, "out of memory");
}
