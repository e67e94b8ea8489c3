/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * struct xr_save of the public API.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include <xenresumable.h>

#include "lib/api.h"
#include "lib/occupancy.h"
#include "lib/save_identity.h"
#include "lib/save_image.h"
#include "lib/save_memory.h"
#include "util/cleanup.h"

struct xr_save {
    struct save_image image;
    struct xr_metadata *metadata; /* took the image's list over; or NULL */
    struct save_identity identity;
    struct xr_save_info info;
    char digest[SEAL_TEXT_SIZE];
    struct occupancy occupancy;
    struct save_memory memory;
};

struct save_memory *save_memory_of(struct xr_save *save)
{
    return &save->memory;
}

void xr_save_free(struct xr_save *save)
{
    int saved = errno;

    if (save) {
        save_image_free(&save->image);
        save_identity_free(&save->identity);
        xr_metadata_free(save->metadata);
        save_memory_close(&save->memory);
    }
    free(save);
    errno = saved;
}

static void describe_record(struct xr_save *save)
{
    const struct save_image *image = &save->image;

    save->info.record_offset = image->metadata_offset;
    save->info.record_length = image->metadata_length;
    if (image->has_metadata) {
        save->info.record_major = image->metadata_info.major;
        save->info.record_minor = image->metadata_info.minor;
    } else if (image->metadata_error.code) {
        save->info.record_error = image->metadata_error.message;
    }
}

static void describe_save(struct xr_save *save)
{
    const struct save_image *image = &save->image;

    save->info = (struct xr_save_info){
        .container = (enum xr_container)image->container,
        .type = save_image_type(image),
        .xen_major = image->xen_major,
        .xen_minor = image->xen_minor,
        .config = image->config,
        .config_is_json = image->config_is_json,
        .xml = image->xml,
        .size = image->size,
        .layout = save_layout_name(image->layout),
        .bytes_occupied = save->occupancy.bytes,
        .bytes_shared = save->occupancy.shared,
    };
    describe_record(save);
    if (image->has_seal) {
        seal_text(&image->seal, save->digest);
        save->info.seal_length = image->seal.length;
        save->info.seal_digest = save->digest;
    }
}

int xr_save_from_fd(int fd, struct xr_save **out, struct xr_error *err)
{
    struct xr_save *save;
    int r;

    if (!out)
        return api_usage(err);
    save = calloc(1, sizeof(*save));
    if (!save)
        return error_set(err, ENOMEM, "out of memory");
    save_memory_open(&save->memory, fd);
    r = save_image_read(fd, NULL, NULL, &save->image, err);
    if (!r)
        r = occupancy_read(fd, &save->occupancy, err);
    if (!r)
        r = save_identity_read(&save->image, &save->identity, err);
    if (!r && save->image.has_metadata)
        r = metadata_from_list(&save->image.metadata, &save->metadata, err);
    if (r) {
        xr_save_free(save);
        return r;
    }
    describe_save(save);
    *out = save;
    return 0;
}

int xr_save_from_path(const char *path, struct xr_save **out,
                      struct xr_error *err)
{
    CLEANUP_CLOSE int fd = -1;

    if (!path || !out)
        return api_usage(err);
    fd = api_open(path, O_RDONLY, err);
    return api_name_path(path, fd < 0 ? fd : xr_save_from_fd(fd, out, err),
                         err);
}

const struct xr_save_info *xr_save_info(const struct xr_save *save)
{
    return save ? &save->info : NULL;
}

const struct xr_metadata *xr_save_metadata(const struct xr_save *save)
{
    return save ? save->metadata : NULL;
}

const char *xr_save_name(const struct xr_save *save)
{
    return save ? save->identity.name : NULL;
}

const char *xr_save_uuid(const struct xr_save *save)
{
    return save ? save->identity.uuid : NULL;
}
