/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "lib/domain_config.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/flatten.h"
#include "util/cleanup.h"

/* What is said of a disk. */
enum disk_word {
    DISK_PATH,
    DISK_DEV,
    DISK_FORMAT,
    DISK_BACKEND,
    DISK_WRITTEN,   /* "0" is no */
    DISK_READ_ONLY, /* it is there */
    DISK_KIND,      /* "cdrom" is read only */
    DISK_SHARED,    /* it is there */
    DISK_WORDS,
};

enum { ENDS_MAX = 2 };

/* Where a configuration says what. */
struct places {
    const char *name, *uuid, *max_vcpus, *memory;
    const char *disks;      /* the first disk, or the array of them ... */
    bool array;             /* ... which is none itself */
    const char *disk[DISK_WORDS][ENDS_MAX]; /* below a disk; the first counts */
    bool written;           /* a disk of which nothing is said */
};

static int copy_text(const struct values *v, const char *path, char **out)
{
    const char *value = values_get(v, path);

    *out = value ? strdup(value) : NULL;
    return value && !*out ? -ENOMEM : 0;
}

static void free_config_disk(struct domain_disk *disk)
{
    free(disk->path);
    free(disk->dev);
    free(disk->format);
    free(disk->backend);
    *disk = (struct domain_disk){ 0 };
}

/* The node of a word below a disk's path; or 0. */
static uint32_t find_word(const struct values *v, const char *path,
                          const struct places *places, enum disk_word word)
{
    uint32_t node = 0;
    int i;

    for (i = 0; !node && i < ENDS_MAX && places->disk[word][i]; i++) {
        CLEANUP_BUFFER struct buffer whole = { 0 };

        buffer_puts(&whole, path);
        buffer_puts(&whole, places->disk[word][i]);
        node = buffer_failed(&whole) ? 0 : values_find(v, whole.data);
        if (node && word != DISK_READ_ONLY && word != DISK_SHARED
            && !v->nodes[node].value_length)
            node = 0;
    }
    return node;
}

static int copy_word(const struct values *v, const char *path,
                     const struct places *places, enum disk_word word,
                     char **out)
{
    uint32_t node = find_word(v, path, places, word);

    *out = node ? strdup(value_of(v, node)) : NULL;
    return node && !*out ? -ENOMEM : 0;
}

static bool is_domain_0(const char *name)
{
    return !strcmp(name, "0") || !strcmp(name, "Domain-0");
}

static bool is_disk_written(const struct values *v, const char *path,
                            const struct places *places)
{
    uint32_t written = find_word(v, path, places, DISK_WRITTEN);
    uint32_t kind = find_word(v, path, places, DISK_KIND);

    if (find_word(v, path, places, DISK_READ_ONLY)
        || (kind && !strcmp(value_of(v, kind), "cdrom")))
        return false;
    return written ? strcmp(value_of(v, written), "0") != 0
                   : places->written;
}

/* out->path stays NULL where nothing is named: an empty CD drive. */
static int read_disk(const struct values *v, uint32_t node,
                     const struct places *places, struct domain_disk *out)
{
    CLEANUP_BUFFER struct buffer path = { 0 };
    int r;

    value_path(v, node, &path);
    if (buffer_failed(&path))
        return -ENOMEM;
    r = copy_word(v, path.data, places, DISK_PATH, &out->path);
    if (r || !out->path)
        return r;
    r = copy_word(v, path.data, places, DISK_DEV, &out->dev);
    if (!r)
        r = copy_word(v, path.data, places, DISK_FORMAT, &out->format);
    if (!r)
        r = copy_word(v, path.data, places, DISK_BACKEND, &out->backend);
    if (out->backend && is_domain_0(out->backend)) {
        free(out->backend);
        out->backend = NULL;
    }
    out->written = is_disk_written(v, path.data, places);
    out->shared = find_word(v, path.data, places, DISK_SHARED);
    return r;
}

static int add_disk(const struct values *v, uint32_t node,
                    const struct places *places, struct domain_config *out)
{
    struct domain_disk *disk = &out->disks[out->disk_count];
    int r = read_disk(v, node, places, disk);

    if (!r && disk->path)
        out->disk_count++;
    else
        free_config_disk(disk);
    return r;
}

/* Disks are members of what stands at that place; XML's first one is that. */
static int copy_disks(const struct values *v, const struct places *places,
                      struct domain_config *out)
{
    uint32_t first = values_find(v, places->disks), node;
    int r = 0;

    out->disks = calloc(DOMAIN_CONFIG_DISKS_MAX, sizeof(*out->disks));
    if (!out->disks)
        return -ENOMEM;
    for (node = first; first && !r && node < v->count; node++) {
        bool member = v->nodes[node].kind == VALUE_MEMBER
                      && v->nodes[node].parent == first;

        if (!member && (node != first || places->array))
            continue;
        out->more_disks = out->disk_count == DOMAIN_CONFIG_DISKS_MAX;
        if (out->more_disks)
            break;
        r = add_disk(v, node, places, out);
    }
    return r;
}

static int take_domain_config(const struct values *v,
                              const struct places *places,
                              struct domain_config *out, struct xr_error *err)
{
    int r;

    (void)values_get_number(v, places->max_vcpus, &out->max_vcpus);
    (void)values_get_number(v, places->memory, &out->memory_kib);
    r = copy_text(v, places->name, &out->name);
    if (!r)
        r = copy_text(v, places->uuid, &out->uuid);
    if (!r)
        r = copy_disks(v, places, out);
    if (!r)
        return 0;
    domain_config_free(out);
    return error_set(err, ENOMEM, "out of memory");
}

int domain_config_from_json(const char *text, size_t n,
                            struct domain_config *out, struct xr_error *err)
{
    static const struct places places = {
        .name = "c_info.name",
        .uuid = "c_info.uuid",
        .max_vcpus = "b_info.max_vcpus",
        .memory = "b_info.max_memkb",
        .disks = "disks",
        .array = true,
        .disk = {
            [DISK_PATH] = { ".pdev_path" },
            [DISK_DEV] = { ".vdev" },
            [DISK_FORMAT] = { ".format" },
            [DISK_BACKEND] = { ".backend_domname", ".backend_domid" },
            [DISK_WRITTEN] = { ".readwrite" },
        },
    };
    CLEANUP_VALUES struct values values = { 0 };
    int r;

    *out = (struct domain_config){ 0 };
    r = flatten_json(text, n, &values, err);
    return r ? r : take_domain_config(&values, &places, out, err);
}

int domain_config_from_xml(const char *text, struct domain_config *out,
                           struct xr_error *err)
{
    static const struct places places = {
        .name = "domain/name",
        .uuid = "domain/uuid",
        .max_vcpus = "domain/vcpu",
        .memory = "domain/memory",
        .disks = "domain/devices/disk",
        .disk = {
            [DISK_PATH] = { "/source@file", "/source@dev" },
            [DISK_DEV] = { "/target@dev" },
            [DISK_FORMAT] = { "/driver@type" },
            [DISK_BACKEND] = { "/backenddomain@name" },
            [DISK_READ_ONLY] = { "/readonly" },
            [DISK_KIND] = { "@device" },
            [DISK_SHARED] = { "/shareable" },
        },
        .written = true,
    };
    CLEANUP_VALUES struct values values = { 0 };
    int r;

    *out = (struct domain_config){ 0 };
    r = flatten_xml(text, &values, err);
    return r ? r : take_domain_config(&values, &places, out, err);
}

void domain_config_free(struct domain_config *config)
{
    int saved = errno;
    size_t i;

    for (i = 0; i < config->disk_count; i++)
        free_config_disk(&config->disks[i]);
    free(config->disks);
    free(config->name);
    free(config->uuid);
    *config = (struct domain_config){ 0 };
    errno = saved;
}
