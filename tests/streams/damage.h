/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Save images in memory: are they sound, where are their records, and ways to
 * damage them.
 */
#ifndef TESTS_STREAMS_DAMAGE_H
#define TESTS_STREAMS_DAMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "format/stream.h"
#include "lib/verify.h"
#include "stream_builder.h"
#include "util/buffer.h"

/* A file in memory that stands at its beginning; to be closed. */
int image_in_file(const struct buffer *b);

/* verify_image over all of it. */
int image_verify(const struct buffer *b, struct verify_result *result,
                 struct xr_error *err);

/* A failure counts as no. */
bool image_is_sound(const struct buffer *b);

/* A sound image; one that is flat has its seal. */
void image_build(struct buffer *b, const struct image_plan *plan);

/* Appends the seal over what is there, of version 1. */
void image_seal(struct buffer *b);

struct place {
    uint64_t offset;
    size_t size; /* header, body, padding */
    enum stream_layer layer;
    uint32_t type;
};

enum { PLACES_MAX = 64 };

/* Where the records of a sound image are. */
size_t image_find_records(const struct buffer *b, struct place *out);

/* in with a and b, a before b, in each other's places. */
void image_swap(struct buffer *out, const struct buffer *in,
                const struct place *a, const struct place *b);

#endif
