/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the decoders of block formats (LZ4's legacy framing, lzop) share: input
 * is gathered until the format has as many bytes as it asked for; output that
 * one block made is handed on before the next one is looked at.
 */
#ifndef KERNEL_BLOCKS_H
#define KERNEL_BLOCKS_H

#include "kernel/decoder.h"

struct blocks {
    struct decoder decoder;

    /*
     * All of what was wanted is in self->in.  Sets self->want for the next
     * time, or io->ended; may fill self->out and set self->made.
     */
    int (*gathered)(struct blocks *self, struct decoder_io *io);

    uint8_t *in;
    size_t in_capacity;  /* want never exceeds it */
    size_t have;
    size_t want;
    bool may_end;        /* the input may end where nothing is gathered yet */

    uint8_t *out;
    size_t out_capacity;
    size_t made;
    size_t given;

    unsigned state;      /* the format's own */
    uint32_t length;
    uint32_t flags;
};

/* NULL: out of memory.  The buffers become real memory as they are used. */
struct blocks *blocks_new(const struct decoder_type *type,
                          int (*gathered)(struct blocks *self,
                                          struct decoder_io *io),
                          size_t in_capacity, size_t out_capacity);

/* For struct decoder_type. */
int blocks_step(struct decoder *self, struct decoder_io *io);
void blocks_finish(struct decoder *self);

#endif
