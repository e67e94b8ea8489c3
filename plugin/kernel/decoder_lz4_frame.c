/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * LZ4's frame format, which "lz4" writes if it is not told otherwise.  Linux
 * takes the legacy framing only (decoder_lz4.c), but a loader unpacks this one.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <lz4frame.h>

#include "kernel/decoder.h"
#include "util/bytes.h"

#define MAGIC 0x184d2204U

struct frame_decoder {
    struct decoder decoder;
    LZ4F_dctx *context;
};

static bool lz4_frame_matches(const uint8_t *head, size_t n)
{
    return n >= 4 && load_le32(head) == MAGIC;
}

static bool lz4_frame_goes_on(const uint8_t *head, size_t n)
{
    return lz4_frame_matches(head, n) || decoder_skippable(head, n);
}

static struct decoder *lz4_frame_start(void)
{
    struct frame_decoder *frame = calloc(1, sizeof(*frame));

    if (!frame)
        return NULL;
    if (LZ4F_isError(LZ4F_createDecompressionContext(&frame->context,
                                                     LZ4F_VERSION))) {
        free(frame);
        return NULL;
    }
    frame->decoder.type = &decoder_lz4_frame;
    return &frame->decoder;
}

static int lz4_frame_step(struct decoder *self, struct decoder_io *io)
{
    struct frame_decoder *frame = (struct frame_decoder *)self;
    size_t in = io->in_left, out = io->out_left, hint;

    hint = LZ4F_decompress(frame->context, io->out, &out, io->in, &in, NULL);
    if (LZ4F_isError(hint)) {
        io->why = LZ4F_getErrorName(hint);
        return strcmp(io->why, "ERROR_allocation_failed") ? -EINVAL : -ENOMEM;
    }
    io->in += in;
    io->in_left -= in;
    io->out += out;
    io->out_left -= out;
    io->ended = hint == 0;
    return 0;
}

static void lz4_frame_finish(struct decoder *self)
{
    LZ4F_freeDecompressionContext(((struct frame_decoder *)self)->context);
    free(self);
}

const struct decoder_type decoder_lz4_frame = {
    .name = "lz4",
    .matches = lz4_frame_matches,
    .goes_on = lz4_frame_goes_on,
    .start = lz4_frame_start,
    .step = lz4_frame_step,
    .finish = lz4_frame_finish,
};
