/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "format/record.h"

#include <errno.h>
#include <string.h>

#include <zlib.h>

#include "format/libxc.h"
#include "util/bytes.h"

enum {
    MAJOR = 1,
    MINOR = 0,
    LIST_OFFSET = 16,
    CRC_SIZE = 4,
};

static const uint8_t magic[8] = "XENRMETA";

static uint32_t record_crc(const void *bytes, size_t n)
{
    return (uint32_t)crc32(crc32(0, NULL, 0), bytes, (uInt)n);
}

/* Header, body and padding around a list that is known to fit. */
static void put_together(const struct buffer *text, struct buffer *out)
{
    static const uint8_t zeros[LIBXC_RECORD_ALIGNMENT];
    uint32_t length = (uint32_t)(text->length + RECORD_OVERHEAD);
    uint8_t head[LIBXC_RECORD_HEADER_SIZE + LIST_OFFSET];
    uint8_t tail[CRC_SIZE];
    uint8_t *body = head + LIBXC_RECORD_HEADER_SIZE;
    size_t start;

    store_le32(head, RECORD_TYPE);
    store_le32(head + 4, length);
    memcpy(body, magic, sizeof(magic));
    store_le16(body + 8, MAJOR);
    store_le16(body + 10, MINOR);
    store_le32(body + 12, (uint32_t)text->length);
    start = out->length + LIBXC_RECORD_HEADER_SIZE;
    buffer_append(out, head, sizeof(head));
    buffer_append(out, text->data ? text->data : "", text->length);
    if (buffer_failed(out))
        return;
    store_le32(tail, record_crc(out->data + start, out->length - start));
    buffer_append(out, tail, sizeof(tail));
    buffer_append(out, zeros, libxc_padded_length(length) - length);
}

int record_encode(const struct keylist *list, struct buffer *out,
                  struct xr_error *err)
{
    CLEANUP_BUFFER struct buffer text = { 0 };
    size_t before = out->length;

    keylist_print(list, &text);
    if (!buffer_failed(&text) && text.length > RECORD_LIST_MAX)
        return error_set(err, E2BIG,
                         "a metadata list of %zu bytes; %u are possible",
                         text.length, (unsigned int)RECORD_LIST_MAX);
    if (!buffer_failed(&text))
        put_together(&text, out);
    if (buffer_failed(&text) || buffer_failed(out)) {
        out->length = before;
        return error_set(err, ENOMEM, "out of memory");
    }
    return 0;
}

bool record_is_ours(uint32_t type, const uint8_t *body, size_t n)
{
    return type == RECORD_TYPE && n >= sizeof(magic)
           && !memcmp(body, magic, sizeof(magic));
}

int record_decode(const uint8_t *body, size_t n, struct record_info *info_out,
                  struct keylist *out, struct xr_error *err)
{
    struct record_info info;
    uint32_t length;
    int r;

    if (!record_is_ours(RECORD_TYPE, body, n))
        return error_at(err, EINVAL, 0, "no metadata record");
    if (n < RECORD_OVERHEAD)
        return error_at(err, EINVAL, 0, "a metadata record of %zu bytes", n);
    info.major = load_le16(body + 8);
    info.minor = load_le16(body + 10);
    if (info.major != MAJOR)
        return error_at(err, info.major > MAJOR ? ENOTSUP : EINVAL, 8,
                        "metadata record of version %u.%u", info.major,
                        info.minor);
    length = load_le32(body + 12);
    if (length > RECORD_LIST_MAX || n != (size_t)length + RECORD_OVERHEAD)
        return error_at(err, EINVAL, 12,
                        "a list of %u bytes in a body of %zu", length, n);
    if (load_le32(body + LIST_OFFSET + length)
        != record_crc(body, LIST_OFFSET + length))
        return error_at(err, EBADMSG, LIST_OFFSET + length,
                        "the metadata record's CRC does not match");
    r = keylist_parse((const char *)body + LIST_OFFSET, length, out, err);
    if (r) {
        if (err && err->offset != XR_NO_OFFSET)
            err->offset += LIST_OFFSET;
        return r;
    }
    if (info_out)
        *info_out = info;
    return 0;
}

static int replace_values(struct keylist *list, const struct keylist *keys,
                          struct xr_error *err)
{
    size_t i;
    int r = 0;

    for (i = 0; !r && i < keys->count; i++) {
        const struct keypair *pair = &keys->pairs[i];

        if (!keylist_find(list, pair->key))
            return error_set(err, ENOENT, "the record has no key %s",
                             pair->key);
        r = keylist_set(list, pair->key, pair->value, pair->value_length);
    }
    return r ? error_set(err, -r, "out of memory") : 0;
}

int record_rewrite(uint8_t *body, size_t n, const struct keylist *keys,
                   struct xr_error *err)
{
    CLEANUP_KEYLIST struct keylist list = { 0 };
    CLEANUP_BUFFER struct buffer again = { 0 };
    int r = record_decode(body, n, NULL, &list, err);

    if (!r)
        r = replace_values(&list, keys, err);
    if (!r)
        r = record_encode(&list, &again, err);
    if (r)
        return r;
    if (again.length != LIBXC_RECORD_HEADER_SIZE + libxc_padded_length((uint32_t)n)
        || load_le32((uint8_t *)again.data + 4) != n)
        return error_set(err, EINVAL, "the record would be of another length");
    memcpy(body, again.data + LIBXC_RECORD_HEADER_SIZE, n);
    return 0;
}
