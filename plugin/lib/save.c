/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * struct xr_save and struct xr_verify of the public API.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <xenresumable.h>

#include "lib/metadata.h"
#include "lib/save_image.h"
#include "lib/verify.h"
#include "util/cleanup.h"

struct xr_save {
    struct save_image image;
    struct xr_metadata *metadata; /* took the image's list over; or NULL */
    struct xr_save_info info;
    char digest[SEAL_TEXT_SIZE];
};

void xr_save_free(struct xr_save *save)
{
    int saved = errno;

    if (save) {
        save_image_free(&save->image);
        xr_metadata_free(save->metadata);
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

static void describe(struct xr_save *save)
{
    const struct save_image *image = &save->image;

    save->info = (struct xr_save_info){
        .container = container_name(image->container),
        .type = save_image_type(image),
        .xen_major = image->xen_major,
        .xen_minor = image->xen_minor,
        .config = image->config,
        .config_is_json = image->config_is_json,
        .xml = image->xml,
        .size = image->size,
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
    struct xr_save *save = calloc(1, sizeof(*save));
    int r;

    if (!save)
        return error_set(err, ENOMEM, "out of memory");
    r = save_image_read(fd, NULL, NULL, &save->image, err);
    if (!r && save->image.has_metadata)
        r = metadata_from_list(&save->image.metadata, &save->metadata, err);
    if (r) {
        xr_save_free(save);
        return r;
    }
    describe(save);
    *out = save;
    return 0;
}

static int open_path(const char *path, struct xr_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    return fd < 0 ? error_set(err, errno, "%s", strerror(errno)) : fd;
}

int xr_save_from_path(const char *path, struct xr_save **out,
                      struct xr_error *err)
{
    CLEANUP_CLOSE int fd = open_path(path, err);

    return fd < 0 ? fd : xr_save_from_fd(fd, out, err);
}

const struct xr_save_info *xr_save_info(const struct xr_save *save)
{
    return &save->info;
}

const struct xr_metadata *xr_save_metadata(const struct xr_save *save)
{
    return save->metadata;
}

struct xr_verify {
    struct verify_result result;
    struct xr_verify_info info;
};

void xr_verify_free(struct xr_verify *verify)
{
    int saved = errno;

    if (verify)
        verify_result_free(&verify->result);
    free(verify);
    errno = saved;
}

int xr_verify_fd(int fd, unsigned flags, struct xr_verify **out,
                 struct xr_error *err)
{
    struct verify_options options = {
        .structure = flags & XR_VERIFY_STRUCTURE,
    };
    struct xr_verify *verify = calloc(1, sizeof(*verify));
    struct verify_result *result;
    int r;

    if (!verify)
        return error_set(err, ENOMEM, "out of memory");
    result = &verify->result;
    r = verify_image(fd, &options, result, err);
    if (r) {
        xr_verify_free(verify);
        return r;
    }
    verify->info = (struct xr_verify_info){
        .ok = result->ok,
        .complete = result->complete,
        .bytes = result->bytes,
        .records = result->records,
        .pages = result->pages,
        .vcpus = result->vcpus,
        .metadata = result->metadata,
        .seal = seal_state_name(result->seal),
        .problems = result->problems.found,
    };
    *out = verify;
    return 0;
}

int xr_verify_path(const char *path, unsigned flags, struct xr_verify **out,
                   struct xr_error *err)
{
    CLEANUP_CLOSE int fd = open_path(path, err);

    return fd < 0 ? fd : xr_verify_fd(fd, flags, out, err);
}

const struct xr_verify_info *xr_verify_info(const struct xr_verify *verify)
{
    return &verify->info;
}

const char *xr_verify_problem(const struct xr_verify *verify, size_t index,
                              uint64_t *offset_out)
{
    const struct problems *problems = &verify->result.problems;

    if (index >= problems->count)
        return NULL;
    if (offset_out)
        *offset_out = problems->items[index].offset;
    return problems->items[index].what ? problems->items[index].what : "";
}
