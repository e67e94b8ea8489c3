/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "xen/disks.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/buffer.h"
#include "util/cleanup.h"
#include "xen/store.h"

#define DOM0 "/local/domain/0/"

enum { PATH_ROOM = 256 };

/* False: it cannot be read.  *out is NULL where there is none. */
static bool read_disk_node(struct store *store, const char *dir,
                           const char *node, char **out)
{
    char path[PATH_ROOM];
    int n = snprintf(path, sizeof(path), "%s/%s", dir, node);

    errno = ENOENT;
    *out = n > 0 && n < PATH_ROOM ? store_read(store, path) : NULL;
    return *out || errno == ENOENT || errno == EBADMSG;
}

/* What would break the line is left out with the whole disk. */
static bool add_disk_line(struct store *store, const char *backend,
                          struct buffer *out)
{
    CLEANUP_FREE char *dev = NULL;
    CLEANUP_FREE char *mode = NULL;
    CLEANUP_FREE char *type = NULL;
    CLEANUP_FREE char *target = NULL;

    if (!read_disk_node(store, backend, "dev", &dev)
        || !read_disk_node(store, backend, "mode", &mode)
        || !read_disk_node(store, backend, "type", &type)
        || !read_disk_node(store, backend, "params", &target))
        return false;
    if (dev && mode && type && target && !strpbrk(dev, " \n")
        && !strpbrk(mode, " \n") && !strpbrk(type, " \n")
        && !strchr(target, '\n'))
        buffer_printf(out, "%s %s %s %s\n", dev, mode, type, target);
    return true;
}

/* What a driver domain's backend says is that domain's word, not libxl's. */
static bool add_backend_of(struct store *store, uint32_t domid,
                           const char *device, struct buffer *out)
{
    CLEANUP_FREE char *backend = NULL;
    char path[PATH_ROOM];

    snprintf(path, sizeof(path), "/libxl/%u/device/vbd/%.20s", domid, device);
    if (!read_disk_node(store, path, "backend", &backend))
        return false;
    return !backend || strncmp(backend, DOM0, strlen(DOM0))
           || add_disk_line(store, backend, out);
}

/*
 * From libxl's own directory: in the domain's, the guest itself could name any
 * backend it likes.
 */
char *disks_list(uint32_t domid)
{
    CLEANUP_STORE struct store *store = store_open();
    CLEANUP_BUFFER struct buffer list = { 0 };
    CLEANUP_FREE char **devices = NULL;
    char path[PATH_ROOM];
    size_t count = 0, i;

    if (!store)
        return NULL;
    snprintf(path, sizeof(path), "/libxl/%u/device/vbd", domid);
    devices = store_list(store, path, &count);
    if (!devices && errno != ENOENT)
        return NULL;
    for (i = 0; i < count; i++)
        if (!add_backend_of(store, domid, devices[i], &list))
            return NULL;
    return buffer_steal(&list);
}
