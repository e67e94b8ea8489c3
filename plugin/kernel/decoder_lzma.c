/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * liblzma's two: xz, with whatever filter the stream names (Linux uses the x86
 * BCJ filter), and the older LZMA format, which has no magic worth the name.
 *
 * Check sums are not computed: they stand at the end of a block, and nobody
 * here reads that far.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <lzma.h>

#include "kernel/decoder.h"
#include "util/bytes.h"

struct lzma_decoder {
    struct decoder decoder;
    lzma_stream stream;
};

static bool xz_matches(const uint8_t *head, size_t n)
{
    return n >= 6 && !memcmp(head, "\xfd" "7zXZ", 6);
}

/*
 * Properties 0x5d as every packer writes them, a dictionary of 64 KiB or more
 * (its low 16 bits are 0), and a size that is unknown or below 256 GiB.
 */
static bool lzma_matches(const uint8_t *head, size_t n)
{
    uint64_t size;

    if (n < 13 || head[0] != 0x5d || head[1] || head[2])
        return false;
    size = load_le64(head + 5);
    return size == UINT64_MAX || (size && size < (uint64_t)1 << 38);
}

static struct lzma_decoder *lzma_decoder_new(const struct decoder_type *type)
{
    struct lzma_decoder *lzma = calloc(1, sizeof(*lzma));

    if (lzma) {
        lzma->decoder.type = type;
        lzma->stream = (lzma_stream)LZMA_STREAM_INIT;
    }
    return lzma;
}

static struct decoder *lzma_decoder_made(struct lzma_decoder *lzma,
                                         lzma_ret result)
{
    if (result == LZMA_OK)
        return &lzma->decoder;
    free(lzma);
    return NULL;
}

static struct decoder *xz_start(void)
{
    struct lzma_decoder *lzma = lzma_decoder_new(&decoder_xz);

    if (!lzma)
        return NULL;
    return lzma_decoder_made(lzma, lzma_stream_decoder(&lzma->stream,
                                                       DECODER_MEMORY_MAX,
                                                       LZMA_IGNORE_CHECK));
}

static struct decoder *lzma_start(void)
{
    struct lzma_decoder *lzma = lzma_decoder_new(&decoder_lzma);

    if (!lzma)
        return NULL;
    return lzma_decoder_made(lzma, lzma_alone_decoder(&lzma->stream,
                                                      DECODER_MEMORY_MAX));
}

static int lzma_decoder_step(struct decoder *self, struct decoder_io *io)
{
    lzma_stream *stream = &((struct lzma_decoder *)self)->stream;
    lzma_ret result;

    stream->next_in = io->in;
    stream->avail_in = io->in_left;
    stream->next_out = io->out;
    stream->avail_out = io->out_left;
    result = lzma_code(stream, LZMA_RUN);
    io->in = stream->next_in;
    io->in_left = stream->avail_in;
    io->out = stream->next_out;
    io->out_left = stream->avail_out;
    switch (result) {
    case LZMA_STREAM_END:
        io->ended = true;
        return 0;
    case LZMA_OK:
    case LZMA_BUF_ERROR:
        return 0;
    case LZMA_MEM_ERROR:
        return -ENOMEM;
    case LZMA_MEMLIMIT_ERROR:
        io->why = "a dictionary beyond 128 MiB";
        return -E2BIG;
    case LZMA_OPTIONS_ERROR:
        io->why = "an unknown filter or option";
        return -ENOTSUP;
    default:
        io->why = "corrupt data";
        return -EINVAL;
    }
}

static void lzma_decoder_finish(struct decoder *self)
{
    lzma_end(&((struct lzma_decoder *)self)->stream);
    free(self);
}

const struct decoder_type decoder_xz = {
    .name = "xz",
    .matches = xz_matches,
    .goes_on = xz_matches,
    .start = xz_start,
    .step = lzma_decoder_step,
    .finish = lzma_decoder_finish,
};

const struct decoder_type decoder_lzma = {
    .name = "lzma",
    .matches = lzma_matches,
    .start = lzma_start,
    .step = lzma_decoder_step,
    .finish = lzma_decoder_finish,
};
