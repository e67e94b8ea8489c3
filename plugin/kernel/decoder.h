/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A decoder turns compressed bytes into plain ones, piece by piece.  There is
 * one for every compression that the Linux kernel knows, and for what the
 * stock tools write of it; each leaves memory bounded to what a kernel can
 * need, and refuses more.
 */
#ifndef KERNEL_DECODER_H
#define KERNEL_DECODER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The largest window: Linux packs with up to 128 MiB (xz since 6.12, zstd
 * --ultra -22).  Only the part that is written to becomes real memory.
 */
enum {
    DECODER_WINDOW_LOG_MAX = 27,
    DECODER_MEMORY_MAX = (1 << DECODER_WINDOW_LOG_MAX) + (1 << 25),
};

/* What goes in and comes out of one step; the step moves all four. */
struct decoder_io {
    const uint8_t *in;
    size_t in_left;
    bool in_ended;     /* nothing will follow what is in */
    uint8_t *out;
    size_t out_left;
    bool ended;        /* set by a step: the stream is over */
    const char *why;   /* set by a failing step: a constant */
};

struct decoder {
    const struct decoder_type *type;
};

struct decoder_type {
    const char *name;

    /* Does a stream of this kind begin so? */
    bool (*matches)(const uint8_t *head, size_t n);

    /*
     * Does one that stands behind another, whose contents go on with its own?
     * NULL: what follows a stream is none of its contents.
     */
    bool (*goes_on)(const uint8_t *head, size_t n);

    /* NULL: out of memory. */
    struct decoder *(*start)(void);

    /*
     * Consumes and produces until the input or the room is used up or the
     * stream is over.  0 or a negative errno, with io->why.
     */
    int (*step)(struct decoder *self, struct decoder_io *io);

    void (*finish)(struct decoder *self);
};

extern const struct decoder_type
    decoder_bzip2, decoder_gzip, decoder_lz4, decoder_lz4_frame,
    decoder_lzma, decoder_lzo,
    decoder_xz, decoder_zstd;

/* As much as decoder_for() looks at. */
enum { DECODER_HEAD_SIZE = 16 };

/*
 * A frame that has nothing in it for a decoder, of zstd or lz4: how long it
 * is, or 0.  pzstd begins with one.
 */
uint64_t decoder_skippable(const uint8_t *head, size_t n);

/* The decoder of a stream that begins so, or NULL. */
const struct decoder_type *decoder_for(const uint8_t *head, size_t n);

#endif
