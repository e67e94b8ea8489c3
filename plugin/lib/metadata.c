/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * struct xr_metadata of the public API: a list, and what the kernel was that it
 * came from.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include <xenresumable.h>

#include "format/notes.h"
#include "format/record.h"
#include "lib/api.h"
#include "lib/image_notes.h"
#include "util/cleanup.h"

struct xr_metadata {
    struct keylist list;
    struct xr_kernel kernel;
    bool from_kernel;
};

void xr_metadata_free(struct xr_metadata *metadata)
{
    int saved = errno;

    if (metadata)
        keylist_free(&metadata->list);
    free(metadata);
    errno = saved;
}

/* Hands the list over. */
static int metadata_create(struct keylist *list, const struct image_info *info,
                           struct xr_metadata **out, struct xr_error *err)
{
    struct xr_metadata *metadata = calloc(1, sizeof(*metadata));

    if (!metadata)
        return error_set(err, ENOMEM, "out of memory");
    metadata->list = *list;
    *list = (struct keylist){ 0 };
    if (info) {
        metadata->from_kernel = true;
        metadata->kernel = (struct xr_kernel){
            .container = info->container,
            .compression = info->compression,
            .place = info->place,
            .loader = info->loader,
            .bits = info->bits,
            .big_endian = info->big_endian,
        };
    }
    *out = metadata;
    return 0;
}

int xr_metadata_from_memory(const void *kernel, size_t size,
                            struct xr_metadata **out, struct xr_error *err)
{
    CLEANUP_KEYLIST struct keylist list = { 0 };
    struct image_info info;
    int r;

    if (!out || (!kernel && size))
        return api_usage(err);
    r = image_notes_from_memory(kernel, size, &list, &info, err);
    return r && r != -ENOENT ? r : metadata_create(&list, &info, out, err);
}

int xr_metadata_from_fd(int fd, struct xr_metadata **out,
                        struct xr_error *err)
{
    CLEANUP_KEYLIST struct keylist list = { 0 };
    struct image_info info;
    int r;

    if (!out)
        return api_usage(err);
    r = image_notes_from_fd(fd, &list, &info, err);
    return r && r != -ENOENT ? r : metadata_create(&list, &info, out, err);
}

int xr_metadata_from_path(const char *path, struct xr_metadata **out,
                          struct xr_error *err)
{
    CLEANUP_CLOSE int fd = -1;

    if (!path || !out)
        return api_usage(err);
    fd = api_open(path, O_RDONLY, err);
    return api_name_path(path, fd < 0 ? fd : xr_metadata_from_fd(fd, out, err),
                         err);
}

int xr_metadata_from_text(const char *text, size_t size,
                          struct xr_metadata **out, struct xr_error *err)
{
    CLEANUP_KEYLIST struct keylist list = { 0 };
    int r;

    if (!out || (!text && size))
        return api_usage(err);
    r = keylist_parse(text ? text : "", size, &list, err);
    return r ? r : metadata_create(&list, NULL, out, err);
}

int metadata_from_list(struct keylist *list, struct xr_metadata **out,
                       struct xr_error *err)
{
    return metadata_create(list, NULL, out, err);
}

int xr_metadata_from_record(const void *body, size_t size,
                            struct xr_metadata **out, struct xr_error *err)
{
    CLEANUP_KEYLIST struct keylist list = { 0 };
    int r;

    if (!out || (!body && size))
        return api_usage(err);
    r = record_decode(body ? body : "", size, NULL, &list, err);
    return r ? r : metadata_create(&list, NULL, out, err);
}

const struct keylist *metadata_list(const struct xr_metadata *metadata)
{
    static const struct keylist nothing = { 0 };

    return metadata ? &metadata->list : &nothing;
}

static const char *value_named(const struct xr_metadata *metadata,
                               const char *name)
{
    return name ? keylist_get(metadata_list(metadata), name) : NULL;
}

int xr_metadata_to_record(const struct xr_metadata *metadata,
                          void **record_out, size_t *size_out,
                          struct xr_error *err)
{
    CLEANUP_BUFFER struct buffer record = { 0 };
    int r;

    if (!record_out || !size_out)
        return api_usage(err);
    r = record_encode(metadata_list(metadata), &record, err);
    if (r)
        return r;
    *size_out = record.length;
    *record_out = buffer_steal(&record);
    return 0;
}

char *xr_metadata_to_text(const struct xr_metadata *metadata)
{
    CLEANUP_BUFFER struct buffer text = { 0 };

    keylist_print(metadata_list(metadata), &text);
    return buffer_steal(&text);
}

const struct xr_kernel *xr_metadata_kernel(const struct xr_metadata *metadata)
{
    return metadata && metadata->from_kernel ? &metadata->kernel : NULL;
}

size_t xr_metadata_count(const struct xr_metadata *metadata)
{
    return metadata_list(metadata)->count;
}

const char *xr_metadata_name(const struct xr_metadata *metadata,
                             size_t index)
{
    const struct keylist *list = metadata_list(metadata);

    return index < list->count ? list->pairs[index].key : NULL;
}

const char *xr_metadata_value(const struct xr_metadata *metadata,
                              const char *name)
{
    return value_named(metadata, name);
}

/* A note's own name, also in a record's list; NULL for a record's other keys. */
static const char *bare_note_name(const char *key)
{
    static const char prefix[] = "image.";

    if (!strncmp(key, prefix, sizeof(prefix) - 1))
        return key + sizeof(prefix) - 1;
    return strchr(key, '.') ? NULL : key;
}

enum xr_kind xr_metadata_kind(const char *name)
{
    const char *note = name ? bare_note_name(name) : "";

    if (!note)
        return XR_KIND_STRING;
    switch (note_kind_of_key(note)) {
    case NOTE_NUMBER:
        return XR_KIND_NUMBER;
    case NOTE_STRING:
        return XR_KIND_STRING;
    case NOTE_PAIRS:
        return XR_KIND_PAIRS;
    case NOTE_NUMBERS:
        return XR_KIND_NUMBERS;
    case NOTE_UNKNOWN:
        break;
    }
    return XR_KIND_BYTES;
}

int xr_metadata_number(const struct xr_metadata *metadata, const char *name,
                       uint64_t *out)
{
    if (!out)
        return -EINVAL;
    if (!value_named(metadata, name))
        return -ENOENT;
    return keylist_get_number(metadata_list(metadata), name, out) ? 0 : -EINVAL;
}

int xr_metadata_pairs(const struct xr_metadata *metadata, const char *name,
                      struct xr_pair *members, size_t max, size_t *count_out)
{
    const char *value = value_named(metadata, name);
    struct note_pair pairs[NOTE_MEMBERS_MAX];
    size_t count, i;

    if (!count_out || (!members && max))
        return -EINVAL;
    if (!value)
        return -ENOENT;
    if (!note_parse_pairs(value, pairs, NOTE_MEMBERS_MAX, &count))
        return -EINVAL;
    for (i = 0; i < count && i < max; i++)
        members[i] = (struct xr_pair){ pairs[i].mask, pairs[i].value };
    *count_out = count;
    return 0;
}

int xr_metadata_numbers(const struct xr_metadata *metadata, const char *name,
                        uint64_t *members, size_t max, size_t *count_out)
{
    const char *value = value_named(metadata, name);
    uint64_t numbers[NOTE_MEMBERS_MAX];
    size_t count, i;

    if (!count_out || (!members && max))
        return -EINVAL;
    if (!value)
        return -ENOENT;
    if (!note_parse_numbers(value, numbers, NOTE_MEMBERS_MAX, &count))
        return -EINVAL;
    for (i = 0; i < count && i < max; i++)
        members[i] = numbers[i];
    *count_out = count;
    return 0;
}

/* A pair says: such an entry holds one, if the bits of mask read as value. */
int xr_pte_holds_mfn(const struct xr_metadata *metadata, uint64_t pte)
{
    const char *value = value_named(metadata, "L1_MFN_VALID");
    struct note_pair pairs[NOTE_MEMBERS_MAX];
    size_t count, i;

    if (!value)
        value = value_named(metadata, "image.L1_MFN_VALID");
    if (!value)
        return -ENOENT;
    if (!note_parse_pairs(value, pairs, NOTE_MEMBERS_MAX, &count))
        return -EINVAL;
    for (i = 0; i < count; i++)
        if ((pte & pairs[i].mask) == pairs[i].value)
            return 1;
    return 0;
}
