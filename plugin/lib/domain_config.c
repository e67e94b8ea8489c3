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
    const char *disks;         /* what the paths of disks begin with ... */
    const char *disk_ends[3];  /* ... and end with */
};

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);

    return n >= m && !strcmp(text + n - m, end);
}

static bool is_disk(const char *key, const struct places *places)
{
    size_t i;

    if (strncmp(key, places->disks, strlen(places->disks)))
        return false;
    for (i = 0; i < sizeof(places->disk_ends) / sizeof(places->disk_ends[0]);
         i++)
        if (places->disk_ends[i] && ends_with(key, places->disk_ends[i]))
            return true;
    return false;
}

static int copy_text(const struct keylist *list, const char *key, char **out)
{
    const char *value = keylist_get(list, key);

    *out = value ? strdup(value) : NULL;
    return value && !*out ? -ENOMEM : 0;
}

static int copy_disks(const struct keylist *list, const struct places *places,
                      struct domain_config *out)
{
    size_t i;

    out->disks = calloc(DOMAIN_CONFIG_DISKS_MAX, sizeof(*out->disks));
    if (!out->disks)
        return -ENOMEM;
    for (i = 0; i < list->count; i++) {
        const struct keypair *pair = &list->pairs[i];

        if (!pair->value_length || !is_disk(pair->key, places)
            || out->disk_count == DOMAIN_CONFIG_DISKS_MAX)
            continue;
        out->disks[out->disk_count] = strdup(pair->value);
        if (!out->disks[out->disk_count])
            return -ENOMEM;
        out->disk_count++;
    }
    return 0;
}

static int take(const struct keylist *list, const struct places *places,
                struct domain_config *out, struct xr_error *err)
{
    int r;

    (void)keylist_get_number(list, places->max_vcpus, &out->max_vcpus);
    (void)keylist_get_number(list, places->memory, &out->memory_kib);
    r = copy_text(list, places->name, &out->name);
    if (!r)
        r = copy_text(list, places->uuid, &out->uuid);
    if (!r)
        r = copy_disks(list, places, out);
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
        .disks = "disks[",
        .disk_ends = { "].pdev_path" },
    };
    CLEANUP_KEYLIST struct keylist list = { 0 };
    int r;

    *out = (struct domain_config){ 0 };
    r = flatten_json(text, n, &list, err);
    return r ? r : take(&list, &places, out, err);
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
        .disk_ends = { "/source@file", "/source@dev" },
    };
    CLEANUP_KEYLIST struct keylist list = { 0 };
    int r;

    *out = (struct domain_config){ 0 };
    r = flatten_xml(text, &list, err);
    return r ? r : take(&list, &places, out, err);
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
