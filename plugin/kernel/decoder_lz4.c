/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * LZ4's legacy framing, "lz4 -l", the only one that Linux uses:
 *
 *   magic 0x184c2102, then blocks of a length (4 bytes, little-endian) and as
 *   many compressed bytes, each block 8 MiB of output, the last one less
 *
 * There is no end mark.  A kernel's payload goes on with its own length, 4
 * bytes that look like the length of a block after which nothing comes.
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include <lz4.h>

#include "kernel/blocks.h"
#include "util/bytes.h"

enum { BLOCK_MAX = 8 << 20 };

#define MAGIC 0x184c2102U

enum { STATE_MAGIC, STATE_LENGTH, STATE_BLOCK, STATE_TAIL };

static bool lz4_matches(const uint8_t *head, size_t n)
{
    return n >= 4 && load_le32(head) == MAGIC;
}

static void want_length(struct blocks *lz4)
{
    lz4->state = STATE_LENGTH;
    lz4->want = 4;
    lz4->may_end = true;
}

static int take_length(struct blocks *lz4)
{
    uint32_t length = load_le32(lz4->in);

    /* Another frame may follow, as in "cat a.lz4 b.lz4". */
    if (length == MAGIC)
        return 0;
    /* Longer than a block can be: right only if nothing follows. */
    if (!length || length > LZ4_COMPRESSBOUND(BLOCK_MAX)) {
        lz4->state = STATE_TAIL;
        lz4->want = 1;
        return 0;
    }
    lz4->state = STATE_BLOCK;
    lz4->want = length;
    return 0;
}

static int lz4_take_block(struct blocks *lz4, struct decoder_io *io)
{
    int made = LZ4_decompress_safe((const char *)lz4->in, (char *)lz4->out,
                                   (int)lz4->want, BLOCK_MAX);

    if (made < 0) {
        io->why = "corrupt data";
        return -EINVAL;
    }
    lz4->made = (size_t)made;
    want_length(lz4);
    return 0;
}

static int lz4_gathered(struct blocks *lz4, struct decoder_io *io)
{
    switch (lz4->state) {
    case STATE_MAGIC:
        want_length(lz4);
        return 0;
    case STATE_LENGTH:
        return take_length(lz4);
    case STATE_BLOCK:
        return lz4_take_block(lz4, io);
    default:
        io->why = "a block beyond 8 MiB";
        return -EINVAL;
    }
}

static struct decoder *lz4_start(void)
{
    struct blocks *lz4 = blocks_new(&decoder_lz4, lz4_gathered,
                                    LZ4_COMPRESSBOUND(BLOCK_MAX), BLOCK_MAX);

    if (!lz4)
        return NULL;
    lz4->state = STATE_MAGIC;
    lz4->want = 4;
    return &lz4->decoder;
}

const struct decoder_type decoder_lz4 = {
    .name = "lz4",
    .matches = lz4_matches,
    .start = lz4_start,
    .step = blocks_step,
    .finish = blocks_finish,
};
