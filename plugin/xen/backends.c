/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * /local/domain/0/backend/KIND/DOMID/DEVICE, and /libxl/DOMID/device/KIND/DEVICE:
 * of the devices of every kind, those are disks that name what they are kept in.
 *
 * QEMU removes the first where it cannot serve a device; it has the file open
 * all the same.
 */
#include "config.h"

#include "xen/backends.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/cleanup.h"
#include "util/number.h"

#define BACKENDS "/local/domain/0/backend"

enum { PATH_ROOM = 256 };

struct search {
    struct store *store;
    struct backend_disk *found;
    size_t count;
    struct xr_error *err;
};

static int cannot_read(struct search *s, const char *path)
{
    return error_system(s->err, errno ? errno : EIO, "cannot read %s", path);
}

/* The children of a node; none of what has gone away. */
static int list_nodes(struct search *s, const char *path, char ***out,
                      size_t *count_out)
{
    *count_out = 0;
    *out = store_list(s->store, path, count_out);
    return *out || errno == ENOENT ? 0 : cannot_read(s, path);
}

static int search_read_node(struct search *s, const char *dir,
                            const char *name, char **out)
{
    char path[PATH_ROOM];

    snprintf(path, sizeof(path), "%.*s/%s", PATH_ROOM - 32, dir, name);
    *out = store_read(s->store, path);
    return *out || errno == ENOENT || errno == EBADMSG ? 0
                                                       : cannot_read(s, path);
}

static void free_backend_disk(struct backend_disk *disk)
{
    free(disk->dev);
    free(disk->mode);
    free(disk->params);
    free(disk->physical_device);
}

static int keep_disk(struct search *s, const struct backend_disk *disk)
{
    struct backend_disk *grown = reallocarray(s->found, s->count + 1,
                                              sizeof(*grown));

    if (!grown)
        return error_set(s->err, ENOMEM, "out of memory");
    s->found = grown;
    grown[s->count++] = *disk;
    return 0;
}

/* Of a CD drive that is empty, params is empty. */
static int look_at_device(struct search *s, const char *dir, uint32_t domid)
{
    struct backend_disk disk = { .domid = domid };
    bool is_disk;
    int r = search_read_node(s, dir, "params", &disk.params);

    if (!r)
        r = search_read_node(s, dir, "physical-device", &disk.physical_device);
    is_disk = !r && ((disk.params && *disk.params) || disk.physical_device);
    if (is_disk)
        r = search_read_node(s, dir, "dev", &disk.dev);
    if (is_disk && !r)
        r = search_read_node(s, dir, "mode", &disk.mode);
    if (is_disk && !r) {
        r = keep_disk(s, &disk);
        if (!r)
            return 0;
    }
    free_backend_disk(&disk);
    return r;
}

static int look_at_domain(struct search *s, const char *kind,
                          const char *domid)
{
    CLEANUP_FREE char **devices = NULL;
    char path[PATH_ROOM];
    uint64_t number;
    size_t count, i;
    int r;

    if (!number_parse(domid, &number) || number > UINT32_MAX)
        return 0;
    snprintf(path, sizeof(path), BACKENDS "/%.64s/%.20s", kind, domid);
    r = list_nodes(s, path, &devices, &count);
    for (i = 0; !r && i < count; i++) {
        snprintf(path, sizeof(path), BACKENDS "/%.64s/%.20s/%.64s", kind,
                 domid, devices[i]);
        r = look_at_device(s, path, (uint32_t)number);
    }
    return r;
}

static int look_at_kind(struct search *s, const char *kind)
{
    CLEANUP_FREE char **domids = NULL;
    char path[PATH_ROOM];
    size_t count, i;
    int r;

    snprintf(path, sizeof(path), BACKENDS "/%.64s", kind);
    r = list_nodes(s, path, &domids, &count);
    for (i = 0; !r && i < count; i++)
        r = look_at_domain(s, kind, domids[i]);
    return r;
}

/* Is it there already? */
static bool is_disk_known(const struct search *s, uint32_t domid,
                          const char *dev)
{
    size_t i;

    for (i = 0; i < s->count; i++)
        if (s->found[i].domid == domid && s->found[i].dev
            && !strcmp(s->found[i].dev, dev))
            return true;
    return false;
}

/* What libxl keeps of a device, in the terms of its backend. */
static int look_at_libxls(struct search *s, const char *dir, uint32_t domid)
{
    CLEANUP_FREE char *backend = NULL;
    CLEANUP_FREE char *dev = NULL;
    int r = search_read_node(s, dir, "backend", &backend);

    if (r || !backend || strncmp(backend, BACKENDS "/", strlen(BACKENDS "/")))
        return r;
    r = search_read_node(s, dir, "dev", &dev);
    return r || !dev || is_disk_known(s, domid, dev)
           ? r : look_at_device(s, dir, domid);
}

static int look_at_libxls_kind(struct search *s, const char *domid,
                               const char *kind)
{
    CLEANUP_FREE char **devices = NULL;
    char path[PATH_ROOM];
    uint64_t number;
    size_t count, i;
    int r;

    if (!number_parse(domid, &number) || number > UINT32_MAX)
        return 0;
    snprintf(path, sizeof(path), "/libxl/%.20s/device/%.64s", domid, kind);
    r = list_nodes(s, path, &devices, &count);
    for (i = 0; !r && i < count; i++) {
        snprintf(path, sizeof(path), "/libxl/%.20s/device/%.64s/%.64s", domid,
                 kind, devices[i]);
        r = look_at_libxls(s, path, (uint32_t)number);
    }
    return r;
}

static int look_at_libxls_domain(struct search *s, const char *domid)
{
    CLEANUP_FREE char **kinds = NULL;
    char path[PATH_ROOM];
    size_t count, i;
    int r;

    snprintf(path, sizeof(path), "/libxl/%.20s/device", domid);
    r = list_nodes(s, path, &kinds, &count);
    for (i = 0; !r && i < count; i++)
        r = look_at_libxls_kind(s, domid, kinds[i]);
    return r;
}

/* Each child of a node. */
static int for_each(struct search *s, const char *path,
                    int (*look)(struct search *s, const char *name))
{
    CLEANUP_FREE char **names = NULL;
    size_t count, i;
    int r = list_nodes(s, path, &names, &count);

    for (i = 0; !r && i < count; i++)
        r = look(s, names[i]);
    return r;
}

int backends_list(struct store *store, struct backend_disk **out,
                  size_t *count_out, struct xr_error *err)
{
    struct search s = { .store = store, .err = err };
    int r = for_each(&s, BACKENDS, look_at_kind);

    if (!r)
        r = for_each(&s, "/libxl", look_at_libxls_domain);
    if (r) {
        backends_free(s.found, s.count);
        return r;
    }
    *out = s.found;
    *count_out = s.count;
    return 0;
}

void backends_free(struct backend_disk *disks, size_t count)
{
    int saved = errno;
    size_t i;

    for (i = 0; i < count; i++)
        free_backend_disk(&disks[i]);
    free(disks);
    errno = saved;
}
