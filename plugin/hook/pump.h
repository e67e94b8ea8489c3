/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A libxc stream that cannot be sought is read once only, by libxc.  So libxc
 * is given a pipe of ours, and a thread feeds it from the incoming fd: every
 * byte unchanged, nothing held back, and not one byte beyond libxc's END
 * record, because the toolstack reads on from there.  On its way through, the
 * metadata record is kept.
 *
 * What ends early on the way in ends as early for libxc.  A stream that libxc
 * refuses (another version or byte order, another type of domain, a record
 * longer than libxc takes) is passed on up to the piece that it refuses, which
 * it gets whole, and ends there.
 */
#ifndef HOOK_PUMP_H
#define HOOK_PUMP_H

#include "format/keylist.h"
#include "util/error.h"

struct pump;

/*
 * in: a pipe or socket that stands at the image header of a plain stream; it
 * is borrowed, and its flags stay as they are.  0 and *out, to be ended by
 * pump_finish(); or a negative errno, and not a byte of in was read.
 */
int pump_start(int in, struct pump **out, struct xr_error *err);

/* Where libxc is to read.  It belongs to the pump, and is blocking. */
int pump_fd(const struct pump *pump);

/*
 * After libxc's return, whatever it returned: ends the thread at once, frees
 * the pump and fills the empty list *out with what the record says.
 * -ENOENT: no record before the first page.  -ECANCELED: libxc gave up before
 * the end of the stream, and no record was met.  -ENOTSUP: the record is of a
 * later major version, or the stream of another version, byte order or type
 * of domain.
 * Anything else: reading failed, or the stream or the record is malformed;
 * offsets count from the image header.
 */
int pump_finish(struct pump *pump, struct keylist *out, struct xr_error *err);

#endif
