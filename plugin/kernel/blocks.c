/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "kernel/blocks.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct blocks *blocks_new(const struct decoder_type *type,
                          int (*gathered)(struct blocks *self,
                                          struct decoder_io *io),
                          size_t in_capacity, size_t out_capacity)
{
    struct blocks *blocks = calloc(1, sizeof(*blocks));

    if (!blocks)
        return NULL;
    blocks->decoder.type = type;
    blocks->gathered = gathered;
    blocks->in = malloc(in_capacity);
    blocks->in_capacity = in_capacity;
    blocks->out = malloc(out_capacity);
    blocks->out_capacity = out_capacity;
    if (!blocks->in || !blocks->out) {
        blocks_finish(&blocks->decoder);
        return NULL;
    }
    return blocks;
}

static void blocks_give(struct blocks *blocks, struct decoder_io *io)
{
    size_t n = blocks->made - blocks->given;

    n = n < io->out_left ? n : io->out_left;
    memcpy(io->out, blocks->out + blocks->given, n);
    blocks->given += n;
    io->out += n;
    io->out_left -= n;
}

static void blocks_gather(struct blocks *blocks, struct decoder_io *io)
{
    size_t n = blocks->want - blocks->have;

    assert(blocks->want <= blocks->in_capacity);
    n = n < io->in_left ? n : io->in_left;
    memcpy(blocks->in + blocks->have, io->in, n);
    blocks->have += n;
    io->in += n;
    io->in_left -= n;
}

int blocks_step(struct decoder *self, struct decoder_io *io)
{
    struct blocks *blocks = (struct blocks *)self;
    int r;

    while (!io->ended) {
        blocks_give(blocks, io);
        if (!io->out_left)
            break;
        blocks_gather(blocks, io);
        if (blocks->have < blocks->want) {
            io->ended = io->in_ended && blocks->may_end && !blocks->have;
            break;
        }
        blocks->made = 0;
        blocks->given = 0;
        r = blocks->gathered(blocks, io);
        if (r)
            return r;
        blocks->have = 0;
    }
    return 0;
}

void blocks_finish(struct decoder *self)
{
    struct blocks *blocks = (struct blocks *)self;

    free(blocks->in);
    free(blocks->out);
    free(blocks);
}
