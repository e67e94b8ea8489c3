/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "lib/domain_config.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/flatten.h"
#include "util/cleanup.h"

/* Where a configuration says what. */
struct places {
    const char *name, *uuid, *max_vcpus, *memory;
    const char *disks;         /* disks are somewhere below */
    enum value_kind disk_kind; /* of what names a file or device ... */
    const char *disk_names[2]; /* ... and the names that it may have ... */
    const char *disk_parent;   /* ... below which name; or NULL */
};

static bool is_disk(const struct values *v, uint32_t node, uint32_t disks,
                    const struct places *places)
{
    size_t i;

    if (!disks || !v->nodes[node].value_length
        || !value_is_below(v, node, disks)
        || (places->disk_parent
            && !value_is_named(v, value_parent(v, node), VALUE_NAME,
                               places->disk_parent)))
        return false;
    for (i = 0; i < sizeof(places->disk_names)
                    / sizeof(places->disk_names[0]); i++)
        if (places->disk_names[i]
            && value_is_named(v, node, places->disk_kind,
                              places->disk_names[i]))
            return true;
    return false;
}

static int copy_text(const struct values *v, const char *path, char **out)
{
    const char *value = values_get(v, path);

    *out = value ? strdup(value) : NULL;
    return value && !*out ? -ENOMEM : 0;
}

static int copy_disks(const struct values *v, const struct places *places,
                      struct domain_config *out)
{
    uint32_t disks = values_find(v, places->disks), node;

    out->disks = calloc(DOMAIN_CONFIG_DISKS_MAX, sizeof(*out->disks));
    if (!out->disks)
        return -ENOMEM;
    for (node = 1; node < v->count; node++) {
        if (out->disk_count == DOMAIN_CONFIG_DISKS_MAX
            || !is_disk(v, node, disks, places))
            continue;
        out->disks[out->disk_count] = strdup(value_of(v, node));
        if (!out->disks[out->disk_count])
            return -ENOMEM;
        out->disk_count++;
    }
    return 0;
}

static int take(const struct values *v, const struct places *places,
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
        .disk_kind = VALUE_NAME,
        .disk_names = { "pdev_path" },
    };
    CLEANUP_VALUES struct values values = { 0 };
    int r;

    *out = (struct domain_config){ 0 };
    r = flatten_json(text, n, &values, err);
    return r ? r : take(&values, &places, out, err);
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
        .disk_kind = VALUE_ATTRIBUTE,
        .disk_names = { "file", "dev" },
        .disk_parent = "source",
    };
    CLEANUP_VALUES struct values values = { 0 };
    int r;

    *out = (struct domain_config){ 0 };
    r = flatten_xml(text, &values, err);
    return r ? r : take(&values, &places, out, err);
}

void domain_config_free(struct domain_config *config)
{
    int saved = errno;
    size_t i;

    for (i = 0; i < config->disk_count; i++)
        free(config->disks[i]);
    free(config->disks);
    free(config->name);
    free(config->uuid);
    *config = (struct domain_config){ 0 };
    errno = saved;
}
