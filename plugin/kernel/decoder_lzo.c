/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lzop's file format, all numbers big-endian:
 *
 *   9 bytes magic; version, library version, version needed (2 bytes each);
 *   method, level (1 each); flags (4)
 *   filter (4, only by flag); mode, time low, time high (4 each); n (1)
 *   n bytes of name; checksum (4)
 *   blocks: length out (4, 0 ends the stream); length in (4); checksums of
 *   the output, then of the input, 4 bytes for each one flagged, the input's
 *   only where it is shorter; the block, stored plain if the lengths agree
 *
 * The checksums are not looked at.
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include <lzo/lzo1x.h>

#include "kernel/blocks.h"
#include "util/bytes.h"

enum {
    BLOCK_MAX = 256 << 10,   /* Linux's own reader takes no more */
    VERSION_MIN = 0x0940,    /* of 1997; the header was another before */
    FLAG_ADLER32_OUT = 0x0001,
    FLAG_ADLER32_IN = 0x0002,
    FLAG_EXTRA_FIELD = 0x0040,
    FLAG_CRC32_OUT = 0x0100,
    FLAG_CRC32_IN = 0x0200,
    FLAG_FILTER = 0x0800,
    HEADER_SIZE = 21,
    CHECKSUMS_MAX = 16,
};

enum { STATE_HEADER, STATE_TIMES, STATE_NAME, STATE_OUT, STATE_IN,
       STATE_BLOCK };

static const uint8_t magic[9] = { 0x89, 'L', 'Z', 'O', 0, '\r', '\n', 0x1a,
                                  '\n' };

static bool lzo_matches(const uint8_t *head, size_t n)
{
    return n >= sizeof(magic) && !memcmp(head, magic, sizeof(magic));
}

static void lzo_want(struct blocks *lzo, unsigned state, size_t n)
{
    lzo->state = state;
    lzo->want = n;
}

static int take_header(struct blocks *lzo, struct decoder_io *io)
{
    lzo->flags = load_be32(lzo->in + 17);
    if (load_be16(lzo->in + 9) < VERSION_MIN
        || (lzo->flags & FLAG_EXTRA_FIELD)) {
        io->why = "a header of an unknown kind";
        return -ENOTSUP;
    }
    lzo_want(lzo, STATE_TIMES, (lzo->flags & FLAG_FILTER ? 4 : 0) + 13);
    return 0;
}

static size_t lzo_checksums(const struct blocks *lzo, bool shorter)
{
    return (lzo->flags & FLAG_ADLER32_OUT ? 4 : 0)
           + (lzo->flags & FLAG_CRC32_OUT ? 4 : 0)
           + (shorter && (lzo->flags & FLAG_ADLER32_IN) ? 4 : 0)
           + (shorter && (lzo->flags & FLAG_CRC32_IN) ? 4 : 0);
}

static int take_length_out(struct blocks *lzo, struct decoder_io *io)
{
    lzo->length = load_be32(lzo->in);
    if (lzo->length > BLOCK_MAX) {
        io->why = "a block beyond 256 KiB";
        return -E2BIG;
    }
    io->ended = !lzo->length;
    lzo_want(lzo, STATE_IN, 4);
    return 0;
}

static int take_length_in(struct blocks *lzo, struct decoder_io *io)
{
    uint32_t length = load_be32(lzo->in);

    if (!length || length > lzo->length) {
        io->why = "a block longer than its contents";
        return -EINVAL;
    }
    lzo_want(lzo, STATE_BLOCK,
             lzo_checksums(lzo, length < lzo->length) + length);
    return 0;
}

static int lzo_take_block(struct blocks *lzo, struct decoder_io *io)
{
    bool plain = lzo->want == lzo_checksums(lzo, false) + lzo->length;
    size_t skip = lzo_checksums(lzo, !plain);
    lzo_uint made = lzo->length;

    if (plain) {
        memcpy(lzo->out, lzo->in + skip, lzo->length);
    } else if (lzo1x_decompress_safe(lzo->in + skip, lzo->want - skip,
                                     lzo->out, &made, NULL) != LZO_E_OK
               || made != lzo->length) {
        io->why = "corrupt data";
        return -EINVAL;
    }
    lzo->made = made;
    lzo_want(lzo, STATE_OUT, 4);
    return 0;
}

static int lzo_gathered(struct blocks *lzo, struct decoder_io *io)
{
    switch (lzo->state) {
    case STATE_HEADER:
        return take_header(lzo, io);
    case STATE_TIMES:
        lzo_want(lzo, STATE_NAME, lzo->in[lzo->want - 1] + (size_t)4);
        return 0;
    case STATE_NAME:
        lzo_want(lzo, STATE_OUT, 4);
        return 0;
    case STATE_OUT:
        return take_length_out(lzo, io);
    case STATE_IN:
        return take_length_in(lzo, io);
    default:
        return lzo_take_block(lzo, io);
    }
}

static struct decoder *lzo_start(void)
{
    struct blocks *lzo = blocks_new(&decoder_lzo, lzo_gathered,
                                    BLOCK_MAX + CHECKSUMS_MAX, BLOCK_MAX);

    if (!lzo)
        return NULL;
    lzo_want(lzo, STATE_HEADER, HEADER_SIZE);
    return &lzo->decoder;
}

const struct decoder_type decoder_lzo = {
    .name = "lzo",
    .matches = lzo_matches,
    .goes_on = lzo_matches,
    .start = lzo_start,
    .step = blocks_step,
    .finish = blocks_finish,
};
