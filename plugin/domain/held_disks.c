/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "domain/held_disks.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "domain/open_files.h"
#include "util/cleanup.h"
#include "util/number.h"
#include "xen/backends.h"
#include "xen/disks.h"
#include "xen/domain.h"

enum { PATH_ROOM = 64, NAME_SHOWN = 80 };

struct search {
    struct store *store;
    const char *sys, *proc;
    struct held_disks *found;
    struct xr_error *err;
};

static void held_disk_free(struct held_disk *disk)
{
    disk_parts_free(&disk->parts);
    free(disk->domain);
    free(disk->dev);
}

/* A new one at the end of the list; NULL: out of memory. */
static struct held_disk *held_disk_new(struct search *s, uint32_t domid,
                                       const char *dev)
{
    struct held_disks *found = s->found;
    struct held_disk *grown = reallocarray(found->items, found->count + 1,
                                           sizeof(*grown));
    struct held_disk *disk;

    if (grown) {
        found->items = grown;
        disk = &grown[found->count];
        *disk = (struct held_disk){ .domid = domid };
        disk->dev = dev ? strdup(dev) : NULL;
        if (!dev || disk->dev) {
            disk->domain = store_read_domain(s->store, domid, "name");
            found->count++;
            return disk;
        }
    }
    error_set(s->err, ENOMEM, "out of memory");
    return NULL;
}

static bool parse_device(const char *text, dev_t *out)
{
    unsigned int high, low;
    char end;

    if (!text || sscanf(text, "%x:%x%c", &high, &low, &end) != 2)
        return false;
    *out = makedev(high, low);
    return true;
}

/*
 * What the backend has open counts, and what its path leads to today: the one
 * after the other.  A path that leads nowhere is nobody's.
 */
static int fill_in(struct search *s, const struct backend_disk *backend,
                   struct disk_parts *parts)
{
    bool written = !backend->mode || *backend->mode != 'r';
    const char *path;
    struct storage storage;
    char format[DISK_FORMAT_ROOM];
    dev_t device;
    int r = 0;

    parts->shared = backend->mode && strchr(backend->mode, '!');
    if (parse_device(backend->physical_device, &device)) {
        storage = storage_of_device(device);
        r = disk_parts_add(parts, s->sys, &storage, written, s->err);
    }
    if (r || !backend->params
        || !disk_params_split(backend->params, format, &path))
        return r;
    r = disk_parts_add_path(parts, s->sys, path, format, written, s->err);
    return r == -ENOMEM || r == -E2BIG ? r : 0;
}

static int add_backends(struct search *s, const struct backend_disk *backends,
                        size_t count, uint32_t domid)
{
    struct held_disk *disk;
    size_t i;
    int r = 0;

    for (i = 0; !r && i < count; i++) {
        if (backends[i].domid != domid)
            continue;
        disk = held_disk_new(s, domid, backends[i].dev);
        r = disk ? fill_in(s, &backends[i], &disk->parts) : -ENOMEM;
    }
    return r;
}

static pid_t device_model_of(struct search *s, uint32_t domid)
{
    CLEANUP_FREE char *text =
        store_read_domain(s->store, domid, "image/device-model-pid");
    uint64_t pid;

    return text && number_parse(text, &pid) && pid && pid <= INT32_MAX
           ? (pid_t)pid : 0;
}

static int add_open_files(struct search *s, uint32_t domid)
{
    CLEANUP_FREE struct open_file *files = NULL;
    pid_t pid = device_model_of(s, domid);
    struct held_disk *disk;
    size_t count = 0, i;
    int r = pid ? open_files_list(s->proc, pid, domid, &files, &count) : 0;

    if (r)
        return error_set(s->err, -r, "out of memory");
    if (!count)
        return 0;
    disk = held_disk_new(s, domid, NULL);
    if (!disk)
        return -ENOMEM;
    for (i = 0; !r && i < count; i++)
        r = disk_parts_add(&disk->parts, s->sys, &files[i].storage,
                           files[i].written, s->err);
    return r;
}

/* Domain-0 can have disks, too: xl block-attach 0. */
static int look_at_all(struct search *s, const struct domain *domains,
                       size_t domains_count,
                       const struct backend_disk *backends, size_t count)
{
    size_t i;
    int r = add_backends(s, backends, count, 0);

    for (i = 0; !r && i < domains_count; i++)
        r = add_backends(s, backends, count, domains[i].domid);
    for (i = 0; !r && i < domains_count; i++)
        r = add_open_files(s, domains[i].domid);
    return r;
}

int held_disks_find(xc_interface *xch, struct store *store,
                    const struct held_roots *roots, struct held_disks *out,
                    struct xr_error *err)
{
    CLEANUP_HELD_DISKS struct held_disks found = { 0 };
    CLEANUP_FREE struct domain *domains = NULL;
    struct search s = { store, roots ? roots->sys : NULL,
                        roots ? roots->proc : NULL, &found, err };
    struct backend_disk *backends = NULL;
    size_t domains_count = 0, count = 0;
    int r = domain_list(xch, &domains, &domains_count, err);

    if (!r)
        r = backends_list(store, &backends, &count, err);
    if (!r)
        r = look_at_all(&s, domains, domains_count, backends, count);
    backends_free(backends, count);
    if (r)
        return r;
    *out = found;
    found = (struct held_disks){ 0 };
    return 0;
}

void held_disks_leave_out(struct held_disks *held, uint32_t domid)
{
    size_t i, kept = 0;

    for (i = 0; i < held->count; i++) {
        if (held->items[i].domid == domid)
            held_disk_free(&held->items[i]);
        else
            held->items[kept++] = held->items[i];
    }
    held->count = kept;
}

const struct held_disk *held_disks_clash(const struct held_disks *held,
                                         const struct disk_parts *disk)
{
    size_t i;

    for (i = 0; i < held->count; i++)
        if (disk_parts_clash(&held->items[i].parts, disk))
            return &held->items[i];
    return NULL;
}

const struct held_disk *held_disks_hit_by(const struct held_disks *held,
                                          const struct layers *target)
{
    size_t i;

    for (i = 0; i < held->count; i++)
        if (disk_parts_hit_by(&held->items[i].parts, target))
            return &held->items[i];
    return NULL;
}

void held_disk_describe(const struct held_disk *disk,
                        char out[HELD_TEXT_ROOM])
{
    snprintf(out, HELD_TEXT_ROOM, "%.20s of %.*s (domain %u)",
             disk->dev ? disk->dev : "a disk", NAME_SHOWN,
             disk->domain ? disk->domain : "?", disk->domid);
}

void held_disks_free(struct held_disks *held)
{
    int saved = errno;
    size_t i;

    for (i = 0; i < held->count; i++)
        held_disk_free(&held->items[i]);
    free(held->items);
    *held = (struct held_disks){ 0 };
    errno = saved;
}
