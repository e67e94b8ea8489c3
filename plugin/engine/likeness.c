/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whatever cannot be kept is a failure: a file that lost its access list, or its
 * owner, would be read by others than before.
 */
#include "config.h"

#include "engine/likeness.h"

#include <errno.h>
#include <linux/limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "util/cleanup.h"

/* All that the kernel lets a file have, so that nothing is asked for twice. */
struct attributes {
    int from, to;
    char names[XATTR_LIST_MAX];
    char value[XATTR_SIZE_MAX], own[XATTR_SIZE_MAX];
};

static bool knows_no_attributes(int code)
{
    return code == EOPNOTSUPP || code == ENOSYS;
}

/* The names that a file has, each with its NUL; 0 where there can be none. */
static ssize_t list_attributes(struct attributes *a, int fd,
                               struct xr_error *err)
{
    ssize_t n = flistxattr(fd, a->names, sizeof(a->names));

    if (n < 0 && knows_no_attributes(errno))
        return 0;
    return n < 0 ? error_system(err, errno, "its attributes cannot be read")
                 : n;
}

static bool is_about_bytes(const char *name)
{
    return !strcmp(name, "security.ima") || !strcmp(name, "security.evm");
}

/* A label that it has already need not be set, which may take a privilege. */
static int copy_attribute(struct attributes *a, const char *name,
                          struct xr_error *err)
{
    ssize_t n = fgetxattr(a->from, name, a->value, sizeof(a->value)), had;

    if (n < 0)
        return error_system(err, errno, "its attribute %.60s cannot be read",
                            name);
    had = fgetxattr(a->to, name, a->own, sizeof(a->own));
    if (had == n && !memcmp(a->value, a->own, (size_t)n))
        return 0;
    return fsetxattr(a->to, name, a->value, (size_t)n, 0)
           ? error_system(err, errno, "its attribute %.60s cannot be kept",
                          name) : 0;
}

static int copy_attributes(struct attributes *a, struct xr_error *err)
{
    ssize_t n = list_attributes(a, a->from, err);
    const char *name = a->names;
    int r = n < 0 ? (int)n : 0;

    for (; !r && name < a->names + n; name += strlen(name) + 1)
        if (!is_about_bytes(name))
            r = copy_attribute(a, name, err);
    return r;
}

/* The folder may have given it an access list that the other one has not. */
static int remove_others(struct attributes *a, struct xr_error *err)
{
    ssize_t n = list_attributes(a, a->to, err);
    const char *name = a->names;

    for (; n > 0 && name < a->names + n; name += strlen(name) + 1)
        if (strncmp(name, "security.", 9)
            && fgetxattr(a->from, name, NULL, 0) < 0 && errno == ENODATA
            && fremovexattr(a->to, name) && errno != ENODATA)
            return error_system(err, errno, "an attribute %.60s cannot be "
                                "removed", name);
    return n < 0 ? (int)n : 0;
}

/* chown(2) takes bits of the mode away; an access list changes some of them. */
static int take_owner_and_mode(int from, int to, struct xr_error *err)
{
    struct stat st, own;

    if (fstat(from, &st) || fstat(to, &own))
        return error_system(err, errno, "its owner cannot be read");
    if ((st.st_uid != own.st_uid || st.st_gid != own.st_gid)
        && fchown(to, st.st_uid, st.st_gid))
        return error_system(err, errno, "its owner cannot be kept");
    return fchmod(to, st.st_mode & 07777)
           ? error_system(err, errno, "its mode cannot be kept") : 0;
}

int likeness_take(int from, int to, struct xr_error *err)
{
    CLEANUP_FREE struct attributes *a = calloc(1, sizeof(*a));
    int r;

    if (!a)
        return error_set(err, ENOMEM, "out of memory");
    a->from = from;
    a->to = to;
    r = remove_others(a, err);
    if (!r)
        r = take_owner_and_mode(from, to, err);
    return r ? r : copy_attributes(a, err);
}
