/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The flat image that a checkpoint writes.  libxl writes its stream into a
 * pipe; one thread empties that (lib/spool.h), another one follows the stream
 * and lays it out in the file (lib/flat_writer.h).
 *
 *     flat_image_begin    the thread; libxl gets the pipe
 *     flat_image_hold     the guest stands still: only take what comes
 *     flat_image_finish   it goes on: everything else, and the seal
 *     flat_image_abandon  in any case
 *
 * If the file cannot be written that is said, and the pipe is emptied all the
 * same: libxl must not be stuck, nor lose its reader at a time that it does not
 * bear.  While the guest stands still libxl waits for no disk and no digest.
 */
#ifndef ENGINE_FLAT_IMAGE_H
#define ENGINE_FLAT_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/flat_writer.h"
#include "util/error.h"

struct flat_image;

/*
 * The stream that is written to *stream_out, which is the caller's to close,
 * goes to fd: a new file; or, with the parent's layout, which is taken, a copy
 * of that.
 */
int flat_image_begin(int fd, struct flat_layout *parent, int *stream_out,
                     struct flat_image **out, struct xr_error *err);

void flat_image_hold(struct flat_image *image);

/* Of the stream, in bytes, until now. */
uint64_t flat_image_done(struct flat_image *image);

/* Has it failed already?  flat_image_finish() says why. */
bool flat_image_has_failed(struct flat_image *image);

/*
 * The record gets these keys when it is finished, as lib/record_rewrite.h has
 * it; borrowed until then.
 */
void flat_image_set_keys(struct flat_image *image,
                         const struct keylist *keys);

/* The stream's other end must be closed. */
int flat_image_finish(struct flat_image *image, struct flat_outcome *out,
                      struct xr_error *err);

/*
 * At once, and whoever may still have the stream's other end: nothing more is
 * written.  Accepts NULL.
 */
void flat_image_abandon(struct flat_image **image);

#endif
