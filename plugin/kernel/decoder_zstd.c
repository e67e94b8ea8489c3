/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <zstd.h>

#include "kernel/decoder.h"

struct zstd_decoder {
    struct decoder decoder;
    ZSTD_DStream *stream;
};

static bool zstd_matches(const uint8_t *head, size_t n)
{
    return n >= 4 && !memcmp(head, "\x28\xb5\x2f\xfd", 4);
}

/* libzstd skips what has nothing in it. */
static bool zstd_goes_on(const uint8_t *head, size_t n)
{
    return zstd_matches(head, n) || decoder_skippable(head, n);
}

static struct decoder *zstd_start(void)
{
    struct zstd_decoder *zstd = calloc(1, sizeof(*zstd));

    if (!zstd)
        return NULL;
    zstd->decoder.type = &decoder_zstd;
    zstd->stream = ZSTD_createDStream();
    if (!zstd->stream
        || ZSTD_isError(ZSTD_DCtx_setParameter(zstd->stream,
                                               ZSTD_d_windowLogMax,
                                               DECODER_WINDOW_LOG_MAX))) {
        ZSTD_freeDStream(zstd->stream);
        free(zstd);
        return NULL;
    }
    return &zstd->decoder;
}

static int zstd_step(struct decoder *self, struct decoder_io *io)
{
    ZSTD_DStream *stream = ((struct zstd_decoder *)self)->stream;
    ZSTD_inBuffer in = { io->in, io->in_left, 0 };
    ZSTD_outBuffer out = { io->out, io->out_left, 0 };
    size_t result;

    result = ZSTD_decompressStream(stream, &out, &in);
    io->in += in.pos;
    io->in_left -= in.pos;
    io->out += out.pos;
    io->out_left -= out.pos;
    if (ZSTD_isError(result)) {
        io->why = ZSTD_getErrorName(result);
        return -EINVAL;
    }
    io->ended = result == 0;
    return 0;
}

static void zstd_finish(struct decoder *self)
{
    ZSTD_freeDStream(((struct zstd_decoder *)self)->stream);
    free(self);
}

const struct decoder_type decoder_zstd = {
    .name = "zstd",
    .matches = zstd_matches,
    .goes_on = zstd_goes_on,
    .start = zstd_start,
    .step = zstd_step,
    .finish = zstd_finish,
};
