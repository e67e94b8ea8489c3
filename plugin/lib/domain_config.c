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
    bool xml;
    const char *name, *uuid, *type, *max_vcpus;
    const char *memory[ENDS_MAX]; /* the first counts */
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

/* How many KiB libvirt's unit is; 0: none that we know. */
static uint64_t kib_of(const char *unit)
{
    static const struct {
        const char *unit;
        uint64_t kib;
    } units[] = {
        { "KiB", 1 }, { "k", 1 }, { "MiB", 1 << 10 }, { "M", 1 << 10 },
        { "GiB", 1 << 20 }, { "G", 1 << 20 },
    };
    size_t i;

    for (i = 0; i < sizeof(units) / sizeof(*units); i++)
        if (!unit || !strcmp(unit, units[i].unit))
            return units[i].kib;
    return 0;
}

static void take_memory(const struct values *v, const struct places *places,
                        struct domain_config *out)
{
    uint64_t memory = 0, kib;
    uint32_t node = 0, unit;
    int i;

    for (i = 0; !memory && i < ENDS_MAX; i++)
        if (values_get_number(v, places->memory[i], &memory))
            node = values_find(v, places->memory[i]);
    unit = places->xml && node ? values_find_below(v, node, "@unit") : 0;
    kib = kib_of(unit ? value_of(v, unit) : NULL);
    out->memory_kib = kib && memory < UINT64_MAX / kib ? memory * kib : 0;
}

/* In libxl's words, which libvirt has others for. */
static int take_type(const struct values *v, const struct places *places,
                     struct domain_config *out)
{
    const char *type = values_get(v, places->type);

    if (type && (!strcmp(type, "linux") || !strcmp(type, "xen")))
        type = "pv";
    else if (type && !strcmp(type, "xenpvh"))
        type = "pvh";
    out->type = type ? strdup(type) : NULL;
    return type && !out->type ? -ENOMEM : 0;
}

static int take_domain_config(const struct values *v,
                              const struct places *places,
                              struct domain_config *out, struct xr_error *err)
{
    int r;

    (void)values_get_number(v, places->max_vcpus, &out->max_vcpus);
    take_memory(v, places, out);
    r = copy_text(v, places->name, &out->name);
    if (!r)
        r = copy_text(v, places->uuid, &out->uuid);
    if (!r)
        r = take_type(v, places, out);
    if (!r)
        r = copy_disks(v, places, out);
    if (!r)
        r = domain_devices_read(v, places->xml, out);
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
        .type = "c_info.type",
        .max_vcpus = "b_info.max_vcpus",
        .memory = { "b_info.target_memkb", "b_info.max_memkb" },
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
    r = flatten_json_strictly(text, n, &values, err);
    return r ? r : take_domain_config(&values, &places, out, err);
}

int domain_config_from_xml(const char *text, struct domain_config *out,
                           struct xr_error *err)
{
    static const struct places places = {
        .xml = true,
        .name = "domain/name",
        .uuid = "domain/uuid",
        .type = "domain/os/type",
        .max_vcpus = "domain/vcpu",
        .memory = { "domain/currentMemory", "domain/memory" },
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
    for (i = 0; i < config->vif_count; i++) {
        free(config->vifs[i].bridge);
        free(config->vifs[i].backend);
    }
    free(config->disks);
    free(config->vifs);
    free(config->pci);
    free(config->name);
    free(config->uuid);
    free(config->type);
    *config = (struct domain_config){ 0 };
    errno = saved;
}
