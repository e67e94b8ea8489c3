/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <bzlib.h>

#include "kernel/decoder.h"

struct bzip2_decoder {
    struct decoder decoder;
    bz_stream stream;
};

static bool bzip2_matches(const uint8_t *head, size_t n)
{
    return n >= 4 && !memcmp(head, "BZh", 3) && head[3] >= '1'
           && head[3] <= '9';
}

static struct decoder *bzip2_start(void)
{
    struct bzip2_decoder *bzip2 = calloc(1, sizeof(*bzip2));

    if (!bzip2)
        return NULL;
    if (BZ2_bzDecompressInit(&bzip2->stream, 0, 0) != BZ_OK) {
        free(bzip2);
        return NULL;
    }
    bzip2->decoder.type = &decoder_bzip2;
    return &bzip2->decoder;
}

static int bzip2_step(struct decoder *self, struct decoder_io *io)
{
    bz_stream *stream = &((struct bzip2_decoder *)self)->stream;
    int result;

    stream->next_in = (char *)(uintptr_t)io->in;
    stream->avail_in = io->in_left < UINT_MAX ? (unsigned)io->in_left
                                              : UINT_MAX;
    stream->next_out = (char *)io->out;
    stream->avail_out = io->out_left < UINT_MAX ? (unsigned)io->out_left
                                                : UINT_MAX;
    result = BZ2_bzDecompress(stream);
    io->in_left -= (size_t)((const uint8_t *)stream->next_in - io->in);
    io->in = (const uint8_t *)stream->next_in;
    io->out_left -= (size_t)((uint8_t *)stream->next_out - io->out);
    io->out = (uint8_t *)stream->next_out;
    switch (result) {
    case BZ_STREAM_END:
        io->ended = true;
        return 0;
    case BZ_OK:
        return 0;
    case BZ_MEM_ERROR:
        return -ENOMEM;
    default:
        io->why = "corrupt data";
        return -EINVAL;
    }
}

static void bzip2_finish(struct decoder *self)
{
    BZ2_bzDecompressEnd(&((struct bzip2_decoder *)self)->stream);
    free(self);
}

const struct decoder_type decoder_bzip2 = {
    .name = "bzip2",
    .matches = bzip2_matches,
    .goes_on = bzip2_matches,
    .start = bzip2_start,
    .step = bzip2_step,
    .finish = bzip2_finish,
};
