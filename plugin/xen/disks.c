/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "xen/disks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/buffer.h"
#include "util/cleanup.h"
#include "xen/store.h"

#define DOM0 "/local/domain/0/"

enum { PATH_ROOM = 256 };

static char *read_disk_node(struct store *store, const char *dir,
                            const char *node)
{
    char path[PATH_ROOM];
    int n = snprintf(path, sizeof(path), "%s/%s", dir, node);

    return n > 0 && n < PATH_ROOM ? store_read(store, path) : NULL;
}

/* What would break the line is left out with the whole disk. */
static void add_disk_line(struct store *store, const char *backend,
                          struct buffer *out)
{
    CLEANUP_FREE char *dev = read_disk_node(store, backend, "dev");
    CLEANUP_FREE char *mode = read_disk_node(store, backend, "mode");
    CLEANUP_FREE char *type = read_disk_node(store, backend, "type");
    CLEANUP_FREE char *target = read_disk_node(store, backend, "params");

    if (dev && mode && type && target && !strpbrk(dev, " \n")
        && !strpbrk(mode, " \n") && !strpbrk(type, " \n")
        && !strchr(target, '\n'))
        buffer_printf(out, "%s %s %s %s\n", dev, mode, type, target);
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
    for (i = 0; i < count; i++) {
        CLEANUP_FREE char *backend = NULL;

        snprintf(path, sizeof(path), "/libxl/%u/device/vbd/%.20s", domid,
                 devices[i]);
        backend = read_disk_node(store, path, "backend");
        /* What a driver domain's says is that domain's word, not libxl's. */
        if (backend && !strncmp(backend, DOM0, strlen(DOM0)))
            add_disk_line(store, backend, &list);
    }
    return buffer_steal(&list);
}
