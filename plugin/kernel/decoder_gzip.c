/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include <zlib.h>

#include "kernel/decoder.h"

struct gzip_decoder {
    struct decoder decoder;
    z_stream stream;
};

static bool gzip_matches(const uint8_t *head, size_t n)
{
    return n >= 3 && head[0] == 0x1f && head[1] == 0x8b && head[2] == 8;
}

static struct decoder *gzip_start(void)
{
    struct gzip_decoder *gzip = calloc(1, sizeof(*gzip));

    if (!gzip)
        return NULL;
    /* 16: a gzip header is demanded. */
    if (inflateInit2(&gzip->stream, 16 + MAX_WBITS) != Z_OK) {
        free(gzip);
        return NULL;
    }
    gzip->decoder.type = &decoder_gzip;
    return &gzip->decoder;
}

static int gzip_step(struct decoder *self, struct decoder_io *io)
{
    z_stream *stream = &((struct gzip_decoder *)self)->stream;
    int result;

    stream->next_in = (Bytef *)io->in;
    stream->avail_in = io->in_left < UINT_MAX ? (uInt)io->in_left : UINT_MAX;
    stream->next_out = io->out;
    stream->avail_out = io->out_left < UINT_MAX ? (uInt)io->out_left
                                                : UINT_MAX;
    result = inflate(stream, Z_NO_FLUSH);
    io->in_left -= (size_t)(stream->next_in - io->in);
    io->in = stream->next_in;
    io->out_left -= (size_t)(stream->next_out - io->out);
    io->out = stream->next_out;
    switch (result) {
    case Z_STREAM_END:
        io->ended = true;
        return 0;
    case Z_OK:
    case Z_BUF_ERROR:
        return 0;
    case Z_MEM_ERROR:
        return -ENOMEM;
    default:
        io->why = "corrupt data";
        return -EINVAL;
    }
}

static void gzip_finish(struct decoder *self)
{
    inflateEnd(&((struct gzip_decoder *)self)->stream);
    free(self);
}

const struct decoder_type decoder_gzip = {
    .name = "gzip",
    .matches = gzip_matches,
    .goes_on = gzip_matches,
    .start = gzip_start,
    .step = gzip_step,
    .finish = gzip_finish,
};
