/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "domain/disk_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "format/qcow2.h"
#include "util/cleanup.h"
#include "util/io.h"

enum { CHAIN_MAX = 64 }; /* overlays over one another */

int disk_parts_add(struct disk_parts *parts, const char *sys,
                   const struct storage *storage, bool written,
                   struct xr_error *err)
{
    struct disk_part *grown = reallocarray(parts->items, parts->count + 1,
                                           sizeof(*grown));
    int r;

    if (!grown)
        return error_set(err, ENOMEM, "out of memory");
    parts->items = grown;
    grown[parts->count].written = written;
    r = layers_find(sys, storage, &grown[parts->count].layers, err);
    if (!r)
        parts->count++;
    return r;
}

static bool may_be_qcow2(const char *format)
{
    return format && (!strcmp(format, "qcow2") || !strcmp(format, "qcow"));
}

/* Other formats that may be overlays, of which we do not know the header. */
static bool may_be_overlay(const char *format)
{
    return format && (!strcmp(format, "qed") || !strcmp(format, "vmdk"));
}

/* The whole header, to be freed; NULL if there is none. */
static uint8_t *read_header(int fd, size_t *n_out)
{
    uint8_t head[QCOW2_HEADER_MIN], *bytes;
    ssize_t n = pread_full(fd, head, sizeof(head), 0);
    size_t size;

    if (n != (ssize_t)sizeof(head) || !qcow2_recognise(head))
        return NULL;
    size = qcow2_header_size(head);
    bytes = size ? malloc(size) : NULL;
    n = bytes ? pread_full(fd, bytes, size, 0) : -1;
    if (n > 0) {
        *n_out = (size_t)n;
        return bytes;
    }
    free(bytes);
    return NULL;
}

/* False if it is not a qcow2 image, or not one that can be read. */
static bool read_files(const char *path, struct qcow2_files *out,
                       bool *unknown)
{
    CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK
                                      | O_NOCTTY);
    CLEANUP_FREE uint8_t *bytes = NULL;
    size_t n = 0;

    *unknown = fd < 0;
    bytes = fd < 0 ? NULL : read_header(fd, &n);
    if (!bytes)
        return false;
    *unknown = qcow2_read_files(bytes, n, out, NULL);
    return !*unknown;
}

/* As QEMU does it: relative to the image that names it; NULL: no local file. */
static char *resolve_image(const char *image, const char *name)
{
    const char *slash = strrchr(image, '/');
    char *path;

    if (!strncmp(name, "file:", 5))
        name += 5;
    if (*name == '/')
        return strdup(name);
    /* "nbd:...", "json:{...}": a ":" before any "/". */
    if (!*name || strcspn(name, ":") < strcspn(name, "/"))
        return NULL;
    return asprintf(&path, "%.*s%s", slash ? (int)(slash - image) + 1 : 0,
                    image, name) < 0 ? NULL : path;
}

static int add_storage_of_path(struct disk_parts *parts, const char *sys,
                               const char *path, bool written,
                               struct xr_error *err)
{
    struct storage storage;
    struct stat st;

    if (stat(path, &st))
        return error_system(err, errno, "%s", path);
    if (!storage_of(&st, &storage))
        return error_set(err, EINVAL, "%s is neither a file nor a block "
                         "device", path);
    return disk_parts_add(parts, sys, &storage, written, err);
}

/* What is not here is unknown: QEMU would not open it, either. */
static int add_named(struct disk_parts *parts, const char *sys,
                     const char *path, bool written, struct xr_error *err)
{
    int r = path ? add_storage_of_path(parts, sys, path, written, err)
                 : -ENOENT;

    if (r != -ENOENT && r != -EINVAL && r != -EACCES && r != -ENOTDIR)
        return r;
    parts->unknown = true;
    return 0;
}

static int add_data(struct disk_parts *parts, const char *sys,
                    const char *image, const struct qcow2_files *files,
                    bool written, struct xr_error *err)
{
    CLEANUP_FREE char *path = NULL;

    if (!files->data_is_elsewhere)
        return 0;
    path = resolve_image(image, files->data);
    return add_named(parts, sys, path, written, err);
}

/* All that the image at path, which is there already, is an overlay of. */
static int add_chain(struct disk_parts *parts, const char *sys,
                     const char *top, bool written, struct xr_error *err)
{
    CLEANUP_FREE char *path = strdup(top);
    struct qcow2_files files;
    unsigned int depth;
    int r = 0;

    for (depth = 0; !r && path; depth++) {
        CLEANUP_FREE char *image = STEAL(path);
        bool unknown;

        if (depth == CHAIN_MAX)
            parts->unknown = true;
        if (depth == CHAIN_MAX || !read_files(image, &files, &unknown)) {
            parts->unknown |= depth < CHAIN_MAX && unknown;
            return 0;
        }
        r = add_data(parts, sys, image, &files, written, err);
        written = false;
        if (r || !*files.backing)
            return r;
        path = resolve_image(image, files.backing);
        r = add_named(parts, sys, path, false, err);
        if (*files.backing_format && !may_be_qcow2(files.backing_format))
            return r;
    }
    return r;
}

int disk_parts_add_path(struct disk_parts *parts, const char *sys,
                        const char *path, const char *format, bool written,
                        struct xr_error *err)
{
    int r = add_storage_of_path(parts, sys, path, written, err);

    parts->unknown |= !r && may_be_overlay(format);
    if (r || !may_be_qcow2(format))
        return r;
    return add_chain(parts, sys, path, written, err);
}

/*
 * The upper one stands on the lower one's storage.  By a file system the rest
 * of the lower one does not matter to the file above, unless somebody else
 * writes there as if there were no file system.
 */
static bool stands_on(const struct disk_part *upper,
                      const struct disk_part *lower)
{
    const struct layer *layer = layers_have(&upper->layers,
                                            &lower->layers.items[0].storage);

    if (!layer)
        return false;
    return layer->by_file_system ? lower->written
                                 : upper->written || lower->written;
}

bool disk_parts_clash(const struct disk_parts *a, const struct disk_parts *b)
{
    size_t i, j;

    if (a->shared || b->shared)
        return false;
    for (i = 0; i < a->count; i++)
        for (j = 0; j < b->count; j++)
            if (stands_on(&a->items[i], &b->items[j])
                || stands_on(&b->items[j], &a->items[i]))
                return true;
    return false;
}

static bool part_is_hit(const struct disk_part *part, bool shared,
                        const struct layers *target)
{
    const struct layer *layer;

    if (layers_have(&part->layers, &target->items[0].storage))
        return true;
    layer = layers_have(target, &part->layers.items[0].storage);
    return layer && (!layer->by_file_system || (part->written && !shared));
}

bool disk_parts_hit_by(const struct disk_parts *parts,
                       const struct layers *target)
{
    size_t i;

    for (i = 0; i < parts->count; i++)
        if (part_is_hit(&parts->items[i], parts->shared, target))
            return true;
    return false;
}

void disk_parts_free(struct disk_parts *parts)
{
    int saved = errno;
    size_t i;

    for (i = 0; i < parts->count; i++)
        layers_free(&parts->items[i].layers);
    free(parts->items);
    *parts = (struct disk_parts){ 0 };
    errno = saved;
}
