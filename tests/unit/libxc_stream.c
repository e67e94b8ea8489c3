/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "libxc_stream.h"

#include <string.h>

#include "unit.h"
#include "format/libxc.h"
#include "format/record.h"
#include "util/bytes.h"

void put_headers(struct buffer *b)
{
    uint8_t bytes[LIBXC_IMAGE_HEADER_SIZE + LIBXC_DOMAIN_HEADER_SIZE] = { 0 };

    memset(bytes, 0xff, 8);
    memcpy(bytes + 8, "XENF\0\0\0\3", 8);
    store_le32(bytes + 24, LIBXC_DOMAIN_X86_PV);
    store_le16(bytes + 28, 12);
    buffer_append(b, bytes, sizeof(bytes));
}

void put_record_header(struct buffer *b, uint32_t type, uint32_t length)
{
    uint8_t header[LIBXC_RECORD_HEADER_SIZE];

    store_le32(header, type);
    store_le32(header + 4, length);
    buffer_append(b, header, sizeof(header));
}

void put_record(struct buffer *b, uint32_t type, uint32_t length)
{
    uint64_t i, padded = libxc_padded_length(length);

    put_record_header(b, type, length);
    for (i = 0; i < padded; i++)
        buffer_append(b, &(uint8_t){ (uint8_t)(i * 7 + i / 251) }, 1);
}

void put_metadata(struct buffer *b, const char *text)
{
    CLEANUP_KEYLIST struct keylist list = { 0 };

    assert_int_equal(keylist_parse(text, strlen(text), &list, NULL), 0);
    assert_int_equal(record_encode(&list, b, NULL), 0);
}

void make_stream(struct buffer *b, uint32_t page_bytes)
{
    put_headers(b);
    put_record(b, LIBXC_REC_X86_PV_INFO, 8);
    put_record(b, RECORD_TYPE, 23);
    put_metadata(b, "image.SUSPEND_CANCEL=0x1");
    put_record(b, LIBXC_REC_PAGE_DATA, page_bytes);
    put_record(b, LIBXC_REC_SHARED_INFO, 5);
    put_record(b, LIBXC_REC_END, 0);
}
