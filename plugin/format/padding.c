/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "format/padding.h"

#include <assert.h>

#include "format/libxc.h"
#include "format/pages.h"
#include "util/bytes.h"

uint64_t padding_needed(uint64_t offset, uint64_t ahead)
{
    assert((offset | ahead) % LIBXC_RECORD_ALIGNMENT == 0);
    return -(offset + ahead) & (PAGE_SIZE_BYTES - 1);
}

void padding_header(uint64_t length, uint8_t out[PADDING_HEADER_SIZE])
{
    assert(length >= PADDING_HEADER_SIZE);
    store_le32(out, PADDING_TYPE);
    store_le32(out + 4, (uint32_t)(length - PADDING_HEADER_SIZE));
}
