/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A save image that is there, from wherever it comes, is laid out flat and
 * sealed (FORMAT.md, "The flat layout").  That is another file, beside it,
 * which takes its place when it is whole, compared with it and on the disk:
 * under the name there is always the one or the other.
 *
 * Needs no Xen.  Where there is one, a disk of its domains is left alone.
 */
#ifndef ENGINE_RESHAPE_H
#define ENGINE_RESHAPE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/events.h"
#include "format/seal.h"
#include "util/error.h"

struct reshape_outcome {
    bool was_flat;          /* and sealed, which matches: nothing was done */
    struct seal seal;       /* that it has now */
    uint64_t bytes;         /* of the file */
    uint64_t bytes_written;
};

/*
 * A symbolic link is followed, and stays.  Owner, mode and attributes are
 * kept; other names of the file keep the former one, which is said.
 *
 * -EBADMSG: the image is not complete and sound; -ENOTSUP, -E2BIG: it cannot
 * be judged or laid out flat; -EPERM with XR_REASON_TARGET_IS_DISK; -EBUSY
 * with XR_REASON_LOCKED: somebody else is at it, or has changed it meanwhile.
 * After any failure the former file is as it was, but for one of syncing the
 * folder, when the new one has its name.
 */
int reshape_image(const char *path, const struct events *events,
                  struct reshape_outcome *out, struct xr_error *err);

#endif
