/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "xen/disks.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/cleanup.h"

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

static void free_guest_disk(struct guest_disk *disk)
{
    free(disk->dev);
    free(disk->mode);
    free(disk->type);
    free(disk->params);
    free(disk->script);
}

void guest_disks_free(struct guest_disk *disks, size_t count)
{
    int saved = errno;

    while (count)
        free_guest_disk(&disks[--count]);
    free(disks);
    errno = saved;
}

static bool read_disk_nodes(struct store *store, const char *dir,
                            struct guest_disk *disk)
{
    return read_disk_node(store, dir, "dev", &disk->dev)
           && read_disk_node(store, dir, "mode", &disk->mode)
           && read_disk_node(store, dir, "type", &disk->type)
           && read_disk_node(store, dir, "params", &disk->params)
           && read_disk_node(store, dir, "script", &disk->script);
}

/*
 * What a driver domain's backend says is that domain's word, not libxl's, which
 * has the same in its own directory.
 */
static bool read_guest_disk(struct store *store, uint32_t domid,
                            const char *device, struct guest_disk *disk)
{
    CLEANUP_FREE char *backend = NULL;
    char own[PATH_ROOM];

    snprintf(own, sizeof(own), "/libxl/%u/device/vbd/%.20s", domid, device);
    if (!read_disk_node(store, own, "backend", &backend))
        return false;
    disk->here = backend && !strncmp(backend, DOM0, strlen(DOM0));
    return read_disk_nodes(store, disk->here ? backend : own, disk);
}

/*
 * From libxl's own directory: in the domain's, the guest itself could name any
 * backend it likes.
 */
int guest_disks_read(struct store *store, uint32_t domid,
                     struct guest_disk **out, size_t *count_out,
                     struct xr_error *err)
{
    CLEANUP_FREE char **devices = NULL;
    struct guest_disk *disks = NULL;
    char path[PATH_ROOM];
    size_t count = 0, i;
    bool ok = true;

    snprintf(path, sizeof(path), "/libxl/%u/device/vbd", domid);
    devices = store_list(store, path, &count);
    if (!devices && errno != ENOENT)
        return error_system(err, errno, "cannot read %s", path);
    disks = calloc(count + 1, sizeof(*disks));
    if (!disks)
        return error_set(err, ENOMEM, "out of memory");
    for (i = 0; ok && i < count; i++)
        ok = read_guest_disk(store, domid, devices[i], &disks[i]);
    if (!ok) {
        int code = errno;

        guest_disks_free(disks, count);
        return error_system(err, code, "cannot read %s", path);
    }
    *out = disks;
    *count_out = count;
    return 0;
}

bool disk_params_split(const char *params, char format[DISK_FORMAT_ROOM],
                       const char **path_out)
{
    const char *colon = strstr(params, ":/");
    const char *from;

    *format = '\0';
    *path_out = params;
    if (*params == '/')
        return true;
    if (!colon || colon[2] == '/')
        return false;
    *path_out = colon + 1;
    for (from = colon; from > params && from[-1] != ':'; from--)
        ;
    snprintf(format, DISK_FORMAT_ROOM, "%.*s", (int)(colon - from), from);
    return true;
}
