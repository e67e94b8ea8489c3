/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "format/stream.h"

#include <errno.h>
#include <string.h>

#include "format/padding.h"
#include "format/record.h"
#include "util/bytes.h"

enum {
    LEGACY_HEAD_SIZE = 16,
    XL_CONFIG_LENGTH_SIZE = 4,
    LIBXC_HEADERS_SIZE = LIBXC_IMAGE_HEADER_SIZE + LIBXC_DOMAIN_HEADER_SIZE,
};

void stream_init(struct stream *s)
{
    *s = (struct stream){ .state = STREAM_AT_MAGIC };
}

void stream_init_libxc(struct stream *s, uint64_t offset)
{
    *s = (struct stream){
        .state = STREAM_AT_LIBXC,
        .offset = offset,
        .container = CONTAINER_LIBXC,
    };
}

size_t stream_needs(const struct stream *s)
{
    static const size_t needs[] = {
        [STREAM_AT_MAGIC] = CONTAINER_MAGIC_SIZE,
        [STREAM_AT_LEGACY] = LEGACY_HEAD_SIZE,
        [STREAM_AT_XL] = XL_HEADER_SIZE,
        [STREAM_AT_XL_CONFIG] = XL_CONFIG_LENGTH_SIZE,
        [STREAM_AT_LIBVIRT] = LIBVIRT_HEADER_SIZE,
        [STREAM_AT_LIBXL] = LIBXL_HEADER_SIZE,
        [STREAM_AT_LIBXL_RECORD] = LIBXL_RECORD_HEADER_SIZE,
        [STREAM_AT_LIBXC] = LIBXC_HEADERS_SIZE,
        [STREAM_AT_LIBXC_RECORD] = LIBXC_RECORD_HEADER_SIZE,
        [STREAM_AT_END] = 0,
    };

    return needs[s->state];
}

static bool all_zero(const uint8_t *bytes, size_t n)
{
    while (n && !*bytes) {
        bytes++;
        n--;
    }
    return !n;
}

/* At the first of them: who reads the file sees the one that matters. */
static void note_oddity(struct stream_event *event, uint64_t offset,
                        const char *what)
{
    if (event->oddity)
        return;
    event->oddity = what;
    event->oddity_offset = offset;
}

/*
 * A stream without a magic.  The legacy format begins with the size of the
 * p2m, and for a PV guest goes on with a mark that ends in all ones.
 */
static int at_unknown(struct stream *s, const uint8_t *bytes,
                      struct xr_error *err)
{
    uint64_t p2m_size = load_le64(bytes);

    if (!memcmp(bytes, "LinuxGuestRe", CONTAINER_MAGIC_SIZE))
        return error_at(err, ENOTSUP, 0,
                        "a save image of xend, Xen 4.4 and before");
    if (p2m_size && p2m_size < UINT64_C(1) << 40) {
        s->state = STREAM_AT_LEGACY;
        return 0;
    }
    return error_at(err, ENOEXEC, 0,
                    "not a save image of xl, libvirt, libxl or libxc");
}

static int at_legacy(const uint8_t *bytes, struct xr_error *err)
{
    if (load_le64(bytes + 8) == UINT64_MAX)
        return error_at(err, ENOTSUP, 0, "a bare libxc stream in the legacy "
                        "format of Xen 4.5 and before");
    return error_at(err, ENOEXEC, 0,
                    "not a save image of xl, libvirt, libxl or libxc");
}

/* Nothing is consumed: the same bytes come again with the whole header. */
static int at_magic(struct stream *s, const uint8_t *bytes,
                    struct xr_error *err)
{
    static const enum stream_state begin[] = {
        [CONTAINER_XL] = STREAM_AT_XL,
        [CONTAINER_LIBVIRT] = STREAM_AT_LIBVIRT,
        [CONTAINER_LIBXL] = STREAM_AT_LIBXL,
        [CONTAINER_LIBXC] = STREAM_AT_LIBXC,
    };

    s->container = container_recognise(bytes);
    if (s->container == CONTAINER_UNKNOWN)
        return at_unknown(s, bytes, err);
    s->state = begin[s->container];
    return 0;
}

static void stream_advance(struct stream *s, uint64_t skips,
                           enum stream_state state)
{
    s->offset += stream_needs(s) + skips;
    s->state = state;
}

static int at_xl(struct stream *s, const uint8_t *bytes,
                 struct xr_error *err)
{
    int r = xl_header_decode(bytes, s->offset, &s->xl, err);

    if (r)
        return r;
    if (s->xl.optional_length >= XL_CONFIG_LENGTH_SIZE)
        stream_advance(s, 0, STREAM_AT_XL_CONFIG);
    else
        stream_advance(s, s->xl.optional_length, STREAM_AT_LIBXL);
    return 0;
}

/*
 * xl ignores what follows the configuration in the optional data.  A file in
 * the legacy format ends here for us: its configuration can still be shown.
 */
static int at_xl_config(struct stream *s, const uint8_t *bytes,
                        struct stream_event *out, struct xr_error *err)
{
    uint32_t room = s->xl.optional_length - XL_CONFIG_LENGTH_SIZE;
    uint32_t length = load_le32(bytes);

    if (length > room)
        return error_at(err, EINVAL, s->offset, "a configuration of %u bytes "
                        "in optional data of %u", length,
                        s->xl.optional_length);
    *out = (struct stream_event){
        .kind = STREAM_EVENT_TEXT,
        .offset = s->offset + XL_CONFIG_LENGTH_SIZE,
        .length = length,
    };
    stream_advance(s, room, STREAM_AT_LIBXL);
    return 0;
}

static int at_libvirt(struct stream *s, const uint8_t *bytes,
                      struct stream_event *out, struct xr_error *err)
{
    struct libvirt_header header;
    int r = libvirt_header_decode(bytes, s->offset, &header, err);

    if (r)
        return r;
    *out = (struct stream_event){
        .kind = STREAM_EVENT_TEXT,
        .offset = s->offset + LIBVIRT_HEADER_SIZE,
        .length = header.xml_length,
    };
    if (!all_zero(bytes + 24, LIBVIRT_HEADER_SIZE - 24))
        note_oddity(out, s->offset + 24,
                    "reserved bytes of libvirt's header are set");
    stream_advance(s, header.xml_length, STREAM_AT_LIBXL);
    return 0;
}

static int at_libxl(struct stream *s, const uint8_t *bytes,
                    struct stream_event *out, struct xr_error *err)
{
    int r;

    if (s->container == CONTAINER_XL && !s->xl.libxl_stream)
        return error_at(err, ENOTSUP, s->offset,
                        "the legacy stream format of Xen 4.5 and before");
    r = libxl_header_decode(bytes, s->offset, err);
    if (r)
        return r;
    *out = (struct stream_event){
        .kind = STREAM_EVENT_LIBXL,
        .offset = s->offset,
    };
    /* Bit 1: converted from the legacy format. */
    if (load_be32(bytes + 12) & ~UINT32_C(2))
        note_oddity(out, s->offset + 12,
                    "reserved options of libxl's header are set");
    s->in_libxl = true;
    stream_advance(s, 0, STREAM_AT_LIBXL_RECORD);
    return 0;
}

static int at_libxc(struct stream *s, const uint8_t *bytes,
                    struct stream_event *out, struct xr_error *err)
{
    const uint8_t *domain = bytes + LIBXC_IMAGE_HEADER_SIZE;
    uint64_t domain_offset = s->offset + LIBXC_IMAGE_HEADER_SIZE;
    int r = libxc_image_header_decode(bytes, s->offset, &s->image, err);

    if (!r)
        r = libxc_domain_header_decode(domain, domain_offset, &s->domain,
                                       err);
    if (r)
        return r;
    *out = (struct stream_event){
        .kind = STREAM_EVENT_LIBXC,
        .offset = s->offset,
    };
    if (load_be16(bytes + 16) || !all_zero(bytes + 18, 6))
        note_oddity(out, s->offset + 16,
                    "reserved bytes of libxc's image header are set");
    if (load_le16(domain + 6))
        note_oddity(out, domain_offset + 6,
                    "reserved bytes of libxc's domain header are set");
    stream_advance(s, 0, STREAM_AT_LIBXC_RECORD);
    return 0;
}

static enum stream_state after_libxl_record(struct stream *s, uint32_t type)
{
    switch (type) {
    case LIBXL_REC_END:
        return STREAM_AT_END;
    case LIBXL_REC_LIBXC_CONTEXT:
        return STREAM_AT_LIBXC;
    case LIBXL_REC_CHECKPOINT_END:
        if (!s->in_checkpoint)
            return STREAM_AT_LIBXL_RECORD;
        s->in_checkpoint = false;
        return STREAM_AT_LIBXC_RECORD;
    default:
        return STREAM_AT_LIBXL_RECORD;
    }
}

static enum stream_state after_libxc_record(struct stream *s, uint32_t type)
{
    if (type == LIBXC_REC_END)
        return s->in_libxl ? STREAM_AT_LIBXL_RECORD : STREAM_AT_END;
    if (type != LIBXC_REC_CHECKPOINT || !s->in_libxl)
        return STREAM_AT_LIBXC_RECORD;
    s->in_checkpoint = true;
    return STREAM_AT_LIBXL_RECORD;
}

static int at_libxl_record(struct stream *s, const uint8_t *bytes,
                           struct stream_event *out, struct xr_error *err)
{
    struct libxl_record_header header;
    int r = libxl_record_header_decode(bytes, s->offset, &header, err);

    if (r)
        return r;
    *out = (struct stream_event){
        .kind = STREAM_EVENT_RECORD,
        .offset = s->offset,
        .layer = STREAM_LIBXL,
        .type = header.type,
        .length = header.length,
    };
    stream_advance(s, libxc_padded_length(header.length),
                   after_libxl_record(s, header.type));
    return 0;
}

static int at_libxc_record(struct stream *s, const uint8_t *bytes,
                           struct stream_event *out, struct xr_error *err)
{
    struct libxc_record_header header;
    int r = libxc_record_header_decode(bytes, s->offset, &header, err);

    if (r)
        return r;
    *out = (struct stream_event){
        .kind = STREAM_EVENT_RECORD,
        .offset = s->offset,
        .layer = STREAM_LIBXC,
        .type = header.type,
        .length = header.length,
    };
    stream_advance(s, libxc_padded_length(header.length),
                   after_libxc_record(s, header.type));
    return 0;
}

int stream_push(struct stream *s, const uint8_t *bytes,
                struct stream_event *out, struct xr_error *err)
{
    *out = (struct stream_event){ .kind = STREAM_EVENT_NONE };
    switch (s->state) {
    case STREAM_AT_MAGIC:
        return at_magic(s, bytes, err);
    case STREAM_AT_LEGACY:
        return at_legacy(bytes, err);
    case STREAM_AT_XL:
        return at_xl(s, bytes, err);
    case STREAM_AT_XL_CONFIG:
        return at_xl_config(s, bytes, out, err);
    case STREAM_AT_LIBVIRT:
        return at_libvirt(s, bytes, out, err);
    case STREAM_AT_LIBXL:
        return at_libxl(s, bytes, out, err);
    case STREAM_AT_LIBXL_RECORD:
        return at_libxl_record(s, bytes, out, err);
    case STREAM_AT_LIBXC:
        return at_libxc(s, bytes, out, err);
    case STREAM_AT_LIBXC_RECORD:
        return at_libxc_record(s, bytes, out, err);
    case STREAM_AT_END:
        out->kind = STREAM_EVENT_END;
        out->offset = s->offset;
        break;
    }
    return 0;
}

const char *stream_layer_name(enum stream_layer layer)
{
    return layer == STREAM_LIBXC ? "libxc" : "libxl";
}

const char *stream_record_name(enum stream_layer layer, uint32_t type)
{
    if (layer == STREAM_LIBXL)
        return libxl_record_name(type);
    if (type == PADDING_TYPE)
        return "PADDING";
    return type == RECORD_TYPE ? "METADATA" : libxc_record_name(type);
}
