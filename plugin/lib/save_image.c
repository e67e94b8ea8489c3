/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "lib/save_image.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "format/libxc.h"
#include "lib/reader.h"
#include "util/bytes.h"
#include "util/cleanup.h"

struct walk {
    struct reader reader;
    struct save_image *image;
    save_image_visit *visit;
    void *data;
    bool page_seen;
};

static int visit(struct walk *w, const char *layer, uint64_t offset,
                 uint32_t type, const char *name, uint32_t length)
{
    struct save_image_record record = {
        .offset = offset,
        .layer = layer,
        .type = type,
        .name = name,
        .length = length,
    };

    return w->visit ? w->visit(&record, w->data) : 0;
}

/* Everything that is wanted without a visit stands before the first page. */
static bool is_enough(const struct walk *w)
{
    return !w->visit && w->page_seen;
}

static int read_metadata(struct walk *w, uint64_t offset, uint32_t length,
                         struct xr_error *err)
{
    struct save_image *image = w->image;
    CLEANUP_KEYLIST struct keylist list = { 0 };
    CLEANUP_FREE char *body = NULL;
    struct record_info info;
    int r;

    r = reader_text(&w->reader, libxc_padded_length(length),
                    RECORD_BODY_MAX + LIBXC_RECORD_ALIGNMENT, &body, err);
    if (r || image->has_metadata
        || !record_is_ours(RECORD_TYPE, (uint8_t *)body, length)
        || record_decode((uint8_t *)body, length, &info, &list, NULL))
        return r;
    image->has_metadata = true;
    image->metadata_offset = offset;
    image->metadata_length = length;
    image->metadata_info = info;
    image->metadata = list;
    list = (struct keylist){ 0 };
    return 0;
}

static int libxc_record(struct walk *w, bool *end, struct xr_error *err)
{
    uint8_t bytes[LIBXC_RECORD_HEADER_SIZE];
    struct libxc_record_header header;
    uint64_t offset = w->reader.offset;
    bool ours;
    int r;

    r = reader_read(&w->reader, bytes, sizeof(bytes), err);
    if (!r)
        r = libxc_record_header_decode(bytes, offset, &header, err);
    if (r)
        return r;
    *end = header.type == LIBXC_REC_END;
    w->page_seen = w->page_seen || *end || header.type == LIBXC_REC_PAGE_DATA;
    if (is_enough(w))
        return 0;
    ours = header.type == RECORD_TYPE && header.length <= RECORD_BODY_MAX;
    r = visit(w, "libxc", offset, header.type,
              header.type == RECORD_TYPE ? "METADATA"
              : libxc_record_name(header.type), header.length);
    if (r)
        return r;
    return ours ? read_metadata(w, offset, header.length, err)
                : reader_skip(&w->reader, libxc_padded_length(header.length),
                              err);
}

static int read_libxc(struct walk *w, struct xr_error *err)
{
    uint8_t bytes[LIBXC_IMAGE_HEADER_SIZE + LIBXC_DOMAIN_HEADER_SIZE];
    uint64_t offset = w->reader.offset;
    struct libxc_domain_header domain;
    struct libxc_image_header image;
    bool end = false;
    int r;

    r = reader_read(&w->reader, bytes, sizeof(bytes), err);
    if (!r)
        r = libxc_image_header_decode(bytes, offset, &image, err);
    if (!r)
        r = libxc_domain_header_decode(bytes + LIBXC_IMAGE_HEADER_SIZE,
                                       offset + LIBXC_IMAGE_HEADER_SIZE,
                                       &domain, err);
    if (r)
        return r;
    w->image->stream_version = image.version;
    w->image->domain_type = domain.type;
    w->image->xen_major = domain.xen_major;
    w->image->xen_minor = domain.xen_minor;
    while (!r && !end && !is_enough(w))
        r = libxc_record(w, &end, err);
    return r;
}

static int libxl_record(struct walk *w, bool *end, struct xr_error *err)
{
    uint8_t bytes[LIBXL_RECORD_HEADER_SIZE];
    struct libxl_record_header header;
    uint64_t offset = w->reader.offset;
    int r;

    r = reader_read(&w->reader, bytes, sizeof(bytes), err);
    if (!r)
        r = libxl_record_header_decode(bytes, offset, &header, err);
    if (!r)
        r = visit(w, "libxl", offset, header.type,
                  libxl_record_name(header.type), header.length);
    if (!r)
        r = reader_skip(&w->reader, libxc_padded_length(header.length), err);
    if (r)
        return r;
    *end = header.type == LIBXL_REC_END;
    return header.type == LIBXL_REC_LIBXC_CONTEXT ? read_libxc(w, err) : 0;
}

static int read_libxl(struct walk *w, struct xr_error *err)
{
    uint8_t bytes[LIBXL_HEADER_SIZE];
    uint64_t offset = w->reader.offset;
    bool end = false;
    int r;

    r = reader_read(&w->reader, bytes, sizeof(bytes), err);
    if (!r)
        r = libxl_header_decode(bytes, offset, err);
    while (!r && !end && !is_enough(w))
        r = libxl_record(w, &end, err);
    return r;
}

/* The configuration in the optional data: its length, then its text. */
static int read_xl_config(struct walk *w, const struct xl_header *header,
                          struct xr_error *err)
{
    uint64_t offset = w->reader.offset;
    uint8_t bytes[4];
    uint32_t length;
    int r;

    if (header->optional_length < sizeof(bytes))
        return reader_skip(&w->reader, header->optional_length, err);
    r = reader_read(&w->reader, bytes, sizeof(bytes), err);
    if (r)
        return r;
    length = load_le32(bytes);
    if (length > header->optional_length - sizeof(bytes))
        return error_at(err, EINVAL, offset,
                        "a configuration of %u bytes in optional data of %u",
                        length, header->optional_length);
    r = reader_text(&w->reader, length, CONTAINER_TEXT_MAX,
                    &w->image->config, err);
    if (r)
        return r;
    return reader_skip(&w->reader, header->optional_length - sizeof(bytes)
                                   - length, err);
}

static int read_xl(struct walk *w, struct xr_error *err)
{
    uint8_t bytes[XL_HEADER_SIZE];
    struct xl_header header;
    int r;

    r = reader_read(&w->reader, bytes, sizeof(bytes), err);
    if (!r)
        r = xl_header_decode(bytes, 0, &header, err);
    if (!r)
        r = read_xl_config(w, &header, err);
    if (r)
        return r;
    w->image->config_is_json = header.json;
    if (!header.libxl_stream)
        return error_at(err, ENOTSUP, w->reader.offset,
                        "the legacy stream format of Xen 4.5 and before");
    return read_libxl(w, err);
}

static int read_libvirt(struct walk *w, struct xr_error *err)
{
    uint8_t bytes[LIBVIRT_HEADER_SIZE];
    struct libvirt_header header;
    int r;

    r = reader_read(&w->reader, bytes, sizeof(bytes), err);
    if (!r)
        r = libvirt_header_decode(bytes, 0, &header, err);
    if (!r)
        r = reader_text(&w->reader, header.xml_length, CONTAINER_TEXT_MAX,
                        &w->image->xml, err);
    return r ? r : read_libxl(w, err);
}

static int read_container(struct walk *w, struct xr_error *err)
{
    uint8_t magic[READER_PEEK_SIZE];
    int r = reader_peek(&w->reader, magic, err);

    if (r)
        return r;
    w->image->container = container_recognise(magic);
    switch (w->image->container) {
    case CONTAINER_XL:
        return read_xl(w, err);
    case CONTAINER_LIBVIRT:
        return read_libvirt(w, err);
    case CONTAINER_LIBXL:
        return read_libxl(w, err);
    case CONTAINER_LIBXC:
        return read_libxc(w, err);
    case CONTAINER_UNKNOWN:
        break;
    }
    return error_at(err, ENOEXEC, 0, "no save image of xl, libvirt, libxl "
                    "or libxc");
}

int save_image_read(int fd, save_image_visit *visit_record, void *data,
                    struct save_image *out, struct xr_error *err)
{
    struct walk w = {
        .image = out,
        .visit = visit_record,
        .data = data,
    };

    *out = (struct save_image){ 0 };
    reader_open(&w.reader, fd);
    out->size = w.reader.size;
    return read_container(&w, err);
}

int save_image_metadata(int fd, struct keylist *out, struct xr_error *err)
{
    CLEANUP_SAVE_IMAGE struct save_image image = { 0 };
    int r = save_image_read(fd, NULL, NULL, &image, err);

    if (r)
        return r;
    if (!image.has_metadata)
        return error_set(err, ENOENT, "the image carries no metadata record");
    *out = image.metadata;
    image.metadata = (struct keylist){ 0 };
    return 0;
}

const char *save_image_type(const struct save_image *image)
{
    return libxc_domain_type_name(image->domain_type);
}

void save_image_free(struct save_image *image)
{
    int saved = errno;

    free(image->config);
    free(image->xml);
    keylist_free(&image->metadata);
    *image = (struct save_image){ 0 };
    errno = saved;
}
