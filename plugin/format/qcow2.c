/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "format/qcow2.h"

#include <errno.h>
#include <string.h>

#include "util/bytes.h"

enum {
    VERSION_NUMBER = 4,
    BACKING_OFFSET = 8,
    BACKING_LENGTH = 16,
    CLUSTER_BITS = 20,
    VERSION_2_SIZE = 72,
    FEATURES = 72,
    HEADER_LENGTH = 100,
    VERSION_3_SIZE = 104,

    FEATURE_DATA_FILE = 1 << 2,
    CLUSTER_BITS_MIN = 9,
    CLUSTER_BITS_MAX = 21,
    HEADER_SIZE_1 = 4096, /* version 1: QEMU writes the name behind the header */
    EXTENSION_HEAD = 8,
};

#define EXTENSION_END 0u
#define EXTENSION_FORMAT 0xe2792acau
#define EXTENSION_DATA 0x44415441u

bool qcow2_recognise(const uint8_t *bytes)
{
    static const uint8_t magic[] = { 'Q', 'F', 'I', 0xfb };

    return !memcmp(bytes, magic, sizeof(magic));
}

size_t qcow2_header_size(const uint8_t *bytes)
{
    uint32_t bits = load_be32(bytes + CLUSTER_BITS);

    if (load_be32(bytes + VERSION_NUMBER) == 1)
        return HEADER_SIZE_1;
    return bits >= CLUSTER_BITS_MIN && bits <= CLUSTER_BITS_MAX
           ? (size_t)1 << bits : 0;
}

/* Text that ends before its length is not one that QEMU has written. */
static int take_name(const uint8_t *bytes, size_t n, size_t offset,
                     size_t length, char *out, size_t room,
                     struct xr_error *err)
{
    if (offset > n || length > n - offset)
        return error_at(err, EINVAL, offset, "a name is cut off");
    if (length >= room || memchr(bytes + offset, '\0', length))
        return error_at(err, EINVAL, offset, "not a name");
    memcpy(out, bytes + offset, length);
    out[length] = '\0';
    return 0;
}

static int take_backing(const uint8_t *bytes, size_t n,
                        struct qcow2_files *out, struct xr_error *err)
{
    uint64_t offset = load_be64(bytes + BACKING_OFFSET);
    uint32_t length = load_be32(bytes + BACKING_LENGTH);

    if (!offset)
        return 0;
    if (offset > n)
        return error_at(err, EINVAL, BACKING_OFFSET, "the backing file's name "
                        "stands outside of the header");
    return take_name(bytes, n, (size_t)offset, length, out->backing,
                     sizeof(out->backing), err);
}

static int take_extension(const uint8_t *bytes, size_t n, uint32_t type,
                          size_t offset, size_t length,
                          struct qcow2_files *out, struct xr_error *err)
{
    if (type == EXTENSION_FORMAT)
        return take_name(bytes, n, offset, length, out->backing_format,
                         sizeof(out->backing_format), err);
    if (type == EXTENSION_DATA)
        return take_name(bytes, n, offset, length, out->data,
                         sizeof(out->data), err);
    return 0;
}

static int take_extensions(const uint8_t *bytes, size_t n, size_t at,
                           struct qcow2_files *out, struct xr_error *err)
{
    while (at <= n && n - at >= EXTENSION_HEAD) {
        uint32_t type = load_be32(bytes + at);
        size_t length = load_be32(bytes + at + 4);
        int r;

        at += EXTENSION_HEAD;
        if (type == EXTENSION_END)
            return 0;
        if (length > n - at)
            return error_at(err, EINVAL, at, "an extension is cut off");
        r = take_extension(bytes, n, type, at, length, out, err);
        if (r)
            return r;
        length = (length + 7) & ~(size_t)7;
        if (length > n - at)
            return 0;
        at += length;
    }
    return 0;
}

/* Where the extensions begin; 0: there are none. */
static size_t header_length(const uint8_t *bytes, size_t n, uint32_t version)
{
    if (version == 1)
        return 0;
    if (version == 2)
        return VERSION_2_SIZE;
    return n < VERSION_3_SIZE ? n : load_be32(bytes + HEADER_LENGTH);
}

int qcow2_read_files(const uint8_t *bytes, size_t n, struct qcow2_files *out,
                     struct xr_error *err)
{
    struct qcow2_files files = { .data_is_elsewhere = false };
    uint32_t version;
    size_t from;
    int r;

    if (n < QCOW2_HEADER_MIN || !qcow2_recognise(bytes))
        return error_at(err, EINVAL, 0, "not a qcow2 image");
    version = load_be32(bytes + VERSION_NUMBER);
    if (version < 1 || version > 3)
        return error_at(err, ENOTSUP, VERSION_NUMBER, "an unknown version of qcow2");
    r = take_backing(bytes, n, &files, err);
    from = header_length(bytes, n, version);
    if (!r && version == 3 && n >= VERSION_3_SIZE)
        files.data_is_elsewhere = load_be64(bytes + FEATURES)
                                  & FEATURE_DATA_FILE;
    if (!r && from)
        r = take_extensions(bytes, n, from, &files, err);
    if (!r)
        *out = files;
    return r;
}
