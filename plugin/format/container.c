/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "format/container.h"

#include <errno.h>
#include <string.h>

#include "format/libxc.h"
#include "util/bytes.h"

/* Both end in a NUL and a carriage return, which text transfers destroy. */
static const uint8_t xl_magic[32] = "Xen saved domain, xl format\n \0 \r";
static const uint8_t libvirt_magic[16] = "libvirt-xml\n \0 \r";
static const uint8_t libxl_magic[8] = "LibxlFmt";

enum {
    XL_BYTE_ORDER = 0x01020304,
    XL_FLAG_JSON = 1,
    XL_FLAG_STREAM_V2 = 2,
    LIBVIRT_VERSION_MAX = 2,
    LIBXL_VERSION = 2,
    LIBXL_OPTION_BIG_ENDIAN = 1,
};

/* Eight bytes of ones are nothing special: libxc's id follows them. */
static const uint8_t libxc_magic[CONTAINER_MAGIC_SIZE] = {
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 'X', 'E', 'N', 'F',
};

enum container container_recognise(const uint8_t *bytes)
{
    if (!memcmp(bytes, xl_magic, CONTAINER_MAGIC_SIZE))
        return CONTAINER_XL;
    if (!memcmp(bytes, libvirt_magic, CONTAINER_MAGIC_SIZE))
        return CONTAINER_LIBVIRT;
    if (!memcmp(bytes, libxl_magic, sizeof(libxl_magic)))
        return CONTAINER_LIBXL;
    if (!memcmp(bytes, libxc_magic, CONTAINER_MAGIC_SIZE))
        return CONTAINER_LIBXC;
    return CONTAINER_UNKNOWN;
}

static bool begins_with(const uint8_t *bytes, size_t n, const uint8_t *magic,
                        size_t length)
{
    return !memcmp(bytes, magic, n < length ? n : length);
}

bool container_is_begun(const uint8_t *bytes, size_t n)
{
    return begins_with(bytes, n, xl_magic, sizeof(xl_magic))
           || begins_with(bytes, n, libvirt_magic, sizeof(libvirt_magic))
           || begins_with(bytes, n, libxl_magic, sizeof(libxl_magic))
           || begins_with(bytes, n, libxc_magic, sizeof(libxc_magic));
}

const char *container_name(enum container container)
{
    static const char *const names[] = {
        [CONTAINER_UNKNOWN] = "unknown",
        [CONTAINER_XL] = "xl",
        [CONTAINER_LIBVIRT] = "libvirt",
        [CONTAINER_LIBXL] = "libxl",
        [CONTAINER_LIBXC] = "libxc",
    };

    return names[container];
}

void xl_header_encode(uint32_t optional_length, uint8_t out[XL_HEADER_SIZE])
{
    memcpy(out, xl_magic, sizeof(xl_magic));
    store_le32(out + 32, XL_BYTE_ORDER);
    store_le32(out + 36, XL_FLAG_JSON | XL_FLAG_STREAM_V2);
    store_le32(out + 40, 0);
    store_le32(out + 44, optional_length);
}

int xl_header_decode(const uint8_t *bytes, uint64_t offset,
                     struct xl_header *out, struct xr_error *err)
{
    uint32_t flags;

    if (memcmp(bytes, xl_magic, sizeof(xl_magic)))
        return error_at(err, EINVAL, offset, "not a file of xl");
    if (load_be32(bytes + 32) == XL_BYTE_ORDER)
        return error_at(err, ENOTSUP, offset + 32, "a big-endian file of xl's");
    if (load_le32(bytes + 32) != XL_BYTE_ORDER)
        return error_at(err, EINVAL, offset + 32,
                        "an unknown byte order");
    flags = load_le32(bytes + 36);
    if (flags & ~(uint32_t)(XL_FLAG_JSON | XL_FLAG_STREAM_V2))
        return error_at(err, ENOTSUP, offset + 36,
                        "a file of xl's with unknown mandatory flags, 0x%x",
                        flags);
    out->json = flags & XL_FLAG_JSON;
    out->libxl_stream = flags & XL_FLAG_STREAM_V2;
    out->optional_length = load_le32(bytes + 44);
    return 0;
}

/* Version 2 is the libxl stream of Xen 4.6 and later. */
void libvirt_header_encode(uint32_t xml_length,
                           uint8_t out[LIBVIRT_HEADER_SIZE])
{
    memset(out, 0, LIBVIRT_HEADER_SIZE);
    memcpy(out, libvirt_magic, sizeof(libvirt_magic));
    store_le32(out + 16, LIBVIRT_VERSION_MAX);
    store_le32(out + LIBVIRT_XML_LENGTH_AT, xml_length);
}

int libvirt_header_decode(const uint8_t *bytes, uint64_t offset,
                          struct libvirt_header *out, struct xr_error *err)
{
    uint32_t version;

    if (memcmp(bytes, libvirt_magic, sizeof(libvirt_magic)))
        return error_at(err, EINVAL, offset, "not a file of libvirt");
    version = load_le32(bytes + 16);
    if (version > LIBVIRT_VERSION_MAX)
        return error_at(err, ENOTSUP, offset + 16,
                        "a libvirt file of version %u, not %d or before",
                        version, LIBVIRT_VERSION_MAX);
    out->xml_length = load_le32(bytes + LIBVIRT_XML_LENGTH_AT);
    return 0;
}

int libxl_header_decode(const uint8_t *bytes, uint64_t offset,
                        struct xr_error *err)
{
    if (memcmp(bytes, libxl_magic, sizeof(libxl_magic)))
        return error_at(err, EINVAL, offset, "not a libxl stream");
    if (load_be32(bytes + 8) != LIBXL_VERSION)
        return error_at(err, ENOTSUP, offset + 8,
                        "a libxl stream of version %u, not %u",
                        load_be32(bytes + 8), (unsigned int)LIBXL_VERSION);
    if (load_be32(bytes + 12) & LIBXL_OPTION_BIG_ENDIAN)
        return error_at(err, ENOTSUP, offset + 12,
                        "a big-endian libxl stream");
    return 0;
}

int libxl_record_header_decode(const uint8_t *bytes, uint64_t offset,
                               struct libxl_record_header *out,
                               struct xr_error *err)
{
    uint32_t length = load_le32(bytes + 4);

    if (length > LIBXC_RECORD_LENGTH_MAX)
        return error_at(err, EINVAL, offset + 4, "a record of %u bytes",
                        length);
    out->type = load_le32(bytes);
    out->length = length;
    return 0;
}

const char *libxl_record_name(uint32_t type)
{
    static const char *const names[] = {
        [LIBXL_REC_END] = "END",
        [LIBXL_REC_LIBXC_CONTEXT] = "LIBXC_CONTEXT",
        [LIBXL_REC_EMULATOR_XENSTORE_DATA] = "EMULATOR_XENSTORE_DATA",
        [LIBXL_REC_EMULATOR_CONTEXT] = "EMULATOR_CONTEXT",
        [LIBXL_REC_CHECKPOINT_END] = "CHECKPOINT_END",
        [LIBXL_REC_CHECKPOINT_STATE] = "CHECKPOINT_STATE",
    };

    return type < sizeof(names) / sizeof(names[0]) ? names[type] : NULL;
}
