/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "kernel/decompressed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    HEAD_SIZE = 64 << 10,
    INPUT_SIZE = 64 << 10,
    SKIP_SIZE = 128 << 10,
    /* One behind the other: bgzip makes one of 64 KiB, pbzip2 of 100 kB. */
    STREAMS_MAX = 1 << 15,
};

struct decompressed {
    struct source source;
    struct source *packed;
    uint64_t origin;
    const struct decoder_type *type;
    struct decoder *decoder;  /* NULL: not started */
    uint64_t position;        /* of the next byte that comes out */
    uint64_t made;            /* in all starts together */
    unsigned streams;         /* that follow others, in all starts */
    bool ended;

    uint64_t packed_position; /* of the byte after the input */
    struct decoder_io io;     /* its input half */
    uint8_t input[INPUT_SIZE];

    size_t head_length;
    bool head_known;
    uint8_t head[HEAD_SIZE];
    uint8_t skipped[SKIP_SIZE];
};

static uint64_t place_in_file(const struct decompressed *self)
{
    return self->origin + self->packed_position - self->io.in_left;
}

static int start_decoder(struct decompressed *self, struct xr_error *err)
{
    if (self->decoder)
        self->type->finish(self->decoder);
    self->decoder = self->type->start();
    return self->decoder ? 0 : error_set(err, ENOMEM, "out of memory");
}

static int decompressed_restart(struct decompressed *self,
                                struct xr_error *err)
{
    int r = start_decoder(self, err);

    if (r)
        return r;
    self->position = 0;
    self->packed_position = 0;
    self->ended = false;
    self->io = (struct decoder_io){ 0 };
    return 0;
}

/* At least n bytes of input, at most INPUT_SIZE, if there are so many. */
static int decompressed_refill(struct decompressed *self, size_t n,
                               struct xr_error *err)
{
    struct decoder_io *io = &self->io;
    ssize_t got;

    if (io->in_left >= n || io->in_ended)
        return 0;
    memmove(self->input, io->in_left ? io->in : self->input, io->in_left);
    got = source_read_at(self->packed, self->packed_position,
                         self->input + io->in_left, INPUT_SIZE - io->in_left,
                         err);
    if (got < 0)
        return (int)got;
    self->packed_position += (uint64_t)got;
    io->in = self->input;
    io->in_ended = (size_t)got < INPUT_SIZE - io->in_left;
    io->in_left += (size_t)got;
    return 0;
}

/* A stream has ended: another one that goes on may stand behind it. */
static int enter_next_stream(struct decompressed *self, struct xr_error *err)
{
    struct decoder_io *io = &self->io;
    int r = self->type->goes_on
                ? decompressed_refill(self, DECODER_HEAD_SIZE, err)
                : 0;

    if (r || !self->type->goes_on || !io->in_left
        || !self->type->goes_on(io->in, io->in_left))
        return r;
    if (self->streams++ == STREAMS_MAX)
        return error_at(err, EFBIG, place_in_file(self), "%s: more than %d "
                        "streams, one behind the other", self->type->name,
                        STREAMS_MAX);
    self->ended = io->ended = false;
    return start_decoder(self, err);
}

/*
 * The next bytes, up to n; fewer only at the end.  The decoder is asked once
 * more after the input has ended, since it may hold output back.
 */
static ssize_t decode_next(struct decompressed *self, uint8_t *out, size_t n,
                           struct xr_error *err)
{
    struct decoder_io *io = &self->io;
    size_t before_in, before_out;
    int r;

    io->out = out;
    io->out_left = n;
    while (io->out_left && !self->ended) {
        r = decompressed_refill(self, 1, err);
        if (r)
            return r;
        before_in = io->in_left;
        before_out = io->out_left;
        r = self->type->step(self->decoder, io);
        if (r == -ENOMEM)
            return error_set(err, ENOMEM, "out of memory");
        if (r)
            return error_at(err, -r, place_in_file(self), "%s: %s",
                            self->type->name, io->why);
        self->ended = io->ended;
        if (self->ended) {
            r = enter_next_stream(self, err);
            if (r)
                return r;
            continue;
        }
        if (io->in_ended && io->in_left == before_in
            && io->out_left == before_out)
            return error_at(err, ENODATA, place_in_file(self),
                            "%s: cut off", self->type->name);
    }
    n -= io->out_left;
    self->position += n;
    self->made += n;
    return (ssize_t)n;
}

/* Decodes and forgets up to offset. */
static int skip_to(struct decompressed *self, uint64_t offset,
                   struct xr_error *err)
{
    uint64_t distance;
    ssize_t got;
    int r;

    if (!self->decoder || offset < self->position) {
        r = decompressed_restart(self, err);
        if (r)
            return r;
    }
    while (self->position < offset && !self->ended) {
        distance = offset - self->position;
        if (self->made > DECOMPRESSED_MAX)
            return error_at(err, EFBIG, place_in_file(self),
                            "%s: more than 512 MiB to decompress",
                            self->type->name);
        got = decode_next(self, self->skipped, distance < SKIP_SIZE
                          ? (size_t)distance : SKIP_SIZE, err);
        if (got < 0)
            return (int)got;
    }
    return 0;
}

static int know_head(struct decompressed *self, struct xr_error *err)
{
    ssize_t got;
    int r;

    if (self->head_known)
        return 0;
    r = decompressed_restart(self, err);
    if (r)
        return r;
    got = decode_next(self, self->head, HEAD_SIZE, err);
    if (got < 0)
        return (int)got;
    self->head_length = (size_t)got;
    self->head_known = true;
    return 0;
}

static ssize_t read_at(struct source *source, uint64_t offset, void *out,
                       size_t n, struct xr_error *err)
{
    struct decompressed *self = (struct decompressed *)source;
    size_t from_head = 0;
    ssize_t got = 0;
    int r;

    r = know_head(self, err);
    if (r)
        return r;
    if (offset < self->head_length) {
        from_head = self->head_length - (size_t)offset;
        from_head = from_head < n ? from_head : n;
        memcpy(out, self->head + offset, from_head);
        offset += from_head;
    }
    if (from_head < n) {
        r = skip_to(self, offset, err);
        if (r)
            return r;
        if (self->position == offset)
            got = decode_next(self, (uint8_t *)out + from_head, n - from_head,
                              err);
    }
    return got < 0 ? got : (ssize_t)from_head + got;
}

static void decompressed_release(struct source *source)
{
    struct decompressed *self = (struct decompressed *)source;

    if (self->decoder)
        self->type->finish(self->decoder);
    free(self);
}

struct source *source_decompressed(struct source *packed, uint64_t origin,
                                   const struct decoder_type *type)
{
    static const struct source_ops ops = {
        .read_at = read_at,
        .release = decompressed_release,
    };
    struct decompressed *self = malloc(sizeof(*self));

    if (!self)
        return NULL;
    self->source = (struct source){ .ops = &ops };
    self->packed = packed;
    self->origin = origin;
    self->type = type;
    self->decoder = NULL;
    self->position = 0;
    self->made = 0;
    self->streams = 0;
    self->ended = false;
    self->packed_position = 0;
    self->io = (struct decoder_io){ 0 };
    self->head_length = 0;
    self->head_known = false;
    return &self->source;
}
