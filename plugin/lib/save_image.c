/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "lib/save_image.h"

#include <errno.h>
#include <stdlib.h>

#include "format/padding.h"
#include "lib/walk.h"
#include "util/cleanup.h"
#include "util/io.h"

/* Real ones have a few KiB. */
enum { POLICY_MAX = 1 << 18 };

/* xl and libvirt count the NUL at its end as a part of it. */
static int take_text(struct walk *w, struct save_image *image,
                     struct xr_error *err)
{
    bool libvirt = w->stream.container == CONTAINER_LIBVIRT;
    size_t n = w->event.length;
    char *text;
    int r = walk_text(w, &text, err);

    if (r)
        return r;
    n -= n && !text[n - 1];
    *(libvirt ? &image->xml : &image->config) = text;
    *(libvirt ? &image->xml_length : &image->config_length) = n;
    image->config_is_json = w->stream.xl.json;
    return 0;
}

static void take_headers(const struct walk *w, struct save_image *image)
{
    image->stream_version = w->stream.image.version;
    image->domain_type = w->stream.domain.type;
    image->xen_major = w->stream.domain.xen_major;
    image->xen_minor = w->stream.domain.xen_minor;
}

/* Is this event the record? */
static int take_metadata(struct walk *w, struct record_finder *finder,
                         struct save_image *image, struct xr_error *err)
{
    int r = walk_find_record(w, finder, err);

    if (r || !record_finder_is_at(finder, w->event.offset))
        return r;
    image->metadata_offset = finder->offset;
    image->metadata_length = finder->length;
    r = record_finder_read(finder, &image->metadata_info, &image->metadata,
                           &image->metadata_error);
    if (r == -ENOMEM)
        return error_set(err, ENOMEM, "out of memory");
    image->has_metadata = !r;
    return 0;
}

/* What CPU the guest had; a second record would not be sound. */
static int take_policy(struct walk *w, struct buffer *out,
                       struct xr_error *err)
{
    CLEANUP_FREE char *body = NULL;
    int r;

    if (out->length || !w->event.length || w->event.length > POLICY_MAX)
        return 0;
    r = reader_text(&w->reader, w->body, w->event.length, POLICY_MAX, &body,
                    err);
    if (r)
        return r;
    buffer_append(out, body, w->event.length);
    return buffer_failed(out) ? error_set(err, ENOMEM, "out of memory") : 0;
}

/* A flat image has a padding record before its first page. */
static void take_layout(uint32_t type, struct save_image *image)
{
    if (image->layout != LAYOUT_UNKNOWN)
        return;
    if (type == PADDING_TYPE)
        image->layout = LAYOUT_FLAT;
    else if (type == LIBXC_REC_PAGE_DATA)
        image->layout = LAYOUT_STREAM;
}

static int take_static(struct walk *w, struct save_image *image,
                       struct xr_error *err)
{
    if (w->event.layer != STREAM_LIBXC)
        return 0;
    take_layout(w->event.type, image);
    if (w->event.type == LIBXC_REC_X86_CPUID_POLICY)
        return take_policy(w, &image->cpuid, err);
    if (w->event.type == LIBXC_REC_X86_MSR_POLICY)
        return take_policy(w, &image->msrs, err);
    return 0;
}

static int take_record(struct walk *w, struct save_image *image,
                       save_image_visit *visit, void *data,
                       struct xr_error *err)
{
    const struct stream_event *event = &w->event;
    struct save_image_record record = {
        .offset = event->offset,
        .layer = stream_layer_name(event->layer),
        .type = event->type,
        .name = stream_record_name(event->layer, event->type),
        .length = event->length,
    };
    int r = visit ? visit(&record, data) : 0;

    if (r)
        return error_set(err, -r, r == -E2BIG ? "too many records"
                                              : "out of memory");
    return take_static(w, image, err);
}

static int take_event(struct walk *w, struct save_image *image,
                      save_image_visit *visit, void *data,
                      struct xr_error *err)
{
    switch (w->event.kind) {
    case STREAM_EVENT_TEXT:
        return take_text(w, image, err);
    case STREAM_EVENT_LIBXC:
        take_headers(w, image);
        return 0;
    case STREAM_EVENT_RECORD:
        return take_record(w, image, visit, data, err);
    default:
        return 0;
    }
}

/*
 * At the end of a file, where either version has 48 bytes; of a pipe, behind the
 * stream's end.
 */
static void take_seal(struct walk *w, struct save_image *image)
{
    struct reader *reader = &w->reader;
    const uint8_t *view;
    uint8_t bytes[SEAL_SIZE];

    if (!reader->seekable) {
        if (w->event.kind == STREAM_EVENT_END
            && !reader_view(reader, w->stream.offset, SEAL_SIZE, &view, NULL))
            image->has_seal = !seal_decode(view, 0, &image->seal, NULL);
        return;
    }
    if (reader->size >= SEAL_SIZE
        && pread_full(reader->fd, bytes, SEAL_SIZE,
                      (off_t)(reader->start + reader->size - SEAL_SIZE))
           == SEAL_SIZE)
        image->has_seal = !seal_decode(bytes, 0, &image->seal, NULL);
}

/* Without a visit, all that is wanted stands where the record may. */
int save_image_read(int fd, save_image_visit *visit, void *data,
                    struct save_image *out, struct xr_error *err)
{
    CLEANUP_FREE struct record_finder *finder = malloc(sizeof(*finder));
    struct walk w;
    int r;

    *out = (struct save_image){ 0 };
    if (!finder)
        return error_set(err, ENOMEM, "out of memory");
    record_finder_init(finder);
    walk_open(&w, fd);
    out->size = w.reader.size;
    do {
        r = walk_next(&w, err);
        out->container = w.stream.container;
        if (!r)
            r = take_event(&w, out, visit, data, err);
        if (!r)
            r = take_metadata(&w, finder, out, err);
    } while (!r && w.event.kind != STREAM_EVENT_END
             && (visit || !finder->over));
    take_seal(&w, out);
    return r;
}

int save_image_metadata(int fd, struct keylist *out, struct xr_error *err)
{
    CLEANUP_SAVE_IMAGE struct save_image image = { 0 };
    int r = save_image_read(fd, NULL, NULL, &image, err);

    if (r)
        return r;
    if (!image.has_metadata)
        return error_set(err, ENOENT, "the image has no record");
    *out = image.metadata;
    image.metadata = (struct keylist){ 0 };
    return 0;
}

const char *save_image_type(const struct save_image *image)
{
    return libxc_domain_type_name(image->domain_type);
}

const char *save_layout_name(enum save_layout layout)
{
    return layout == LAYOUT_FLAT ? "flat"
           : layout == LAYOUT_STREAM ? "stream" : NULL;
}

bool save_image_is_hvm(const struct save_image *image)
{
    return image->domain_type == LIBXC_DOMAIN_X86_HVM;
}

void save_image_free(struct save_image *image)
{
    int saved = errno;

    free(image->config);
    free(image->xml);
    buffer_free(&image->cpuid);
    buffer_free(&image->msrs);
    keylist_free(&image->metadata);
    *image = (struct save_image){ 0 };
    errno = saved;
}
