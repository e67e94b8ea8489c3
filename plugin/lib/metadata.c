/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * struct xr_metadata of the public API: a list, and what the image was.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <xenresumable.h>

#include "format/notes.h"
#include "format/record.h"
#include "lib/image_notes.h"
#include "lib/judge_list.h"
#include "lib/metadata.h"
#include "util/cleanup.h"

struct xr_metadata {
    struct keylist list;
    struct xr_image image;
    bool from_image;
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
static int create(struct keylist *list, const struct image_info *info,
                  struct xr_metadata **out, struct xr_error *err)
{
    struct xr_metadata *metadata = calloc(1, sizeof(*metadata));

    if (!metadata)
        return error_set(err, ENOMEM, "out of memory");
    metadata->list = *list;
    *list = (struct keylist){ 0 };
    if (info) {
        metadata->from_image = true;
        metadata->image = (struct xr_image){
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

int xr_metadata_from_memory(const void *image, size_t size,
                            struct xr_metadata **out, struct xr_error *err)
{
    CLEANUP_KEYLIST struct keylist list = { 0 };
    struct image_info info;
    int r = image_notes_from_memory(image, size, &list, &info, err);

    return r && r != -ENOENT ? r : create(&list, &info, out, err);
}

int xr_metadata_from_fd(int fd, struct xr_metadata **out,
                        struct xr_error *err)
{
    CLEANUP_KEYLIST struct keylist list = { 0 };
    struct image_info info;
    int r = image_notes_from_fd(fd, &list, &info, err);

    return r && r != -ENOENT ? r : create(&list, &info, out, err);
}

int xr_metadata_from_path(const char *path, struct xr_metadata **out,
                          struct xr_error *err)
{
    CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return error_set(err, errno, "%s", strerror(errno));
    return xr_metadata_from_fd(fd, out, err);
}

int xr_metadata_from_text(const char *text, size_t size,
                          struct xr_metadata **out, struct xr_error *err)
{
    CLEANUP_KEYLIST struct keylist list = { 0 };
    int r = keylist_parse(text, size, &list, err);

    return r ? r : create(&list, NULL, out, err);
}

int metadata_from_list(struct keylist *list, struct xr_metadata **out,
                       struct xr_error *err)
{
    return create(list, NULL, out, err);
}

int xr_metadata_from_record(const void *body, size_t size,
                            struct xr_metadata **out, struct xr_error *err)
{
    CLEANUP_KEYLIST struct keylist list = { 0 };
    int r = record_decode(body, size, NULL, &list, err);

    return r ? r : create(&list, NULL, out, err);
}

int xr_metadata_to_record(const struct xr_metadata *metadata,
                          void **record_out, size_t *size_out,
                          struct xr_error *err)
{
    CLEANUP_BUFFER struct buffer record = { 0 };
    int r = record_encode(&metadata->list, &record, err);

    if (r)
        return r;
    *size_out = record.length;
    *record_out = buffer_steal(&record);
    return 0;
}

char *xr_metadata_to_text(const struct xr_metadata *metadata)
{
    CLEANUP_BUFFER struct buffer text = { 0 };

    keylist_print(&metadata->list, &text);
    return buffer_steal(&text);
}

const struct xr_image *xr_metadata_image(const struct xr_metadata *metadata)
{
    return metadata->from_image ? &metadata->image : NULL;
}

size_t xr_metadata_count(const struct xr_metadata *metadata)
{
    return metadata->list.count;
}

const char *xr_metadata_name(const struct xr_metadata *metadata,
                             size_t index)
{
    return index < metadata->list.count ? metadata->list.pairs[index].key
                                        : NULL;
}

const char *xr_metadata_value(const struct xr_metadata *metadata,
                              const char *name)
{
    return keylist_get(&metadata->list, name);
}

enum xr_kind xr_metadata_kind(const char *name)
{
    switch (note_kind_of_key(name)) {
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
    if (!keylist_find(&metadata->list, name))
        return -ENOENT;
    return keylist_get_number(&metadata->list, name, out) ? 0 : -EINVAL;
}

int xr_metadata_pairs(const struct xr_metadata *metadata, const char *name,
                      struct xr_pair *members, size_t max, size_t *count_out)
{
    const char *value = keylist_get(&metadata->list, name);
    struct note_pair pairs[NOTE_MEMBERS_MAX];
    size_t count, i;

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
    const char *value = keylist_get(&metadata->list, name);
    uint64_t numbers[NOTE_MEMBERS_MAX];
    size_t count, i;

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
    const char *value = keylist_get(&metadata->list, "L1_MFN_VALID");
    struct note_pair pairs[NOTE_MEMBERS_MAX];
    size_t count, i;

    if (!value)
        return -ENOENT;
    if (!note_parse_pairs(value, pairs, NOTE_MEMBERS_MAX, &count))
        return -EINVAL;
    for (i = 0; i < count; i++)
        if ((pte & pairs[i].mask) == pairs[i].value)
            return 1;
    return 0;
}

/* No name of a note has a dot; every key of a record has one. */
static bool is_of_a_record(const struct keylist *list)
{
    return list->count && strchr(list->pairs[0].key, '.');
}

int xr_verdict(const struct xr_metadata *metadata, struct xr_verdict *out,
               struct xr_error *err)
{
    const struct keylist nothing = { 0 };
    const struct keylist *list = metadata ? &metadata->list : &nothing;
    struct verdict verdict;
    int r = 0;

    if (is_of_a_record(list))
        r = judge_metadata(list, NULL, &verdict);
    else
        judge_notes(list, NULL, &verdict);
    if (r)
        return error_set(err, -r, "out of memory");
    *out = (struct xr_verdict){
        .resumable = verdict_answer_name(verdict.resumable),
        .source = verdict_source_name(verdict.source),
    };
    snprintf(out->reason, sizeof(out->reason), "%s", verdict.reason);
    return 0;
}
