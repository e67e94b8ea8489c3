/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "kernel/decoder.h"

#include "util/bytes.h"

enum { SKIPPABLE_HEADER = 8 };

/* 16 magics, and a length. */
uint64_t decoder_skippable(const uint8_t *head, size_t n)
{
    return n >= SKIPPABLE_HEADER
           && (load_le32(head) & 0xfffffff0U) == 0x184d2a50U
           ? SKIPPABLE_HEADER + (uint64_t)load_le32(head + 4) : 0;
}

const struct decoder_type *decoder_for(const uint8_t *head, size_t n)
{
    /* LZMA has the weakest magic, so it comes last. */
    static const struct decoder_type *const types[] = {
        &decoder_gzip, &decoder_xz, &decoder_zstd, &decoder_lz4,
        &decoder_lz4_frame, &decoder_bzip2, &decoder_lzo, &decoder_lzma,
    };
    size_t i;

    for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (types[i]->matches(head, n))
            return types[i];
    return NULL;
}
