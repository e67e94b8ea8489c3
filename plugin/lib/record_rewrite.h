/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Keys of the record of a save image are set anew, in the file: a live save
 * writes the record before its first page, and what its disks are can be told
 * only when the guest stands still.
 */
#ifndef LIB_RECORD_REWRITE_H
#define LIB_RECORD_REWRITE_H

#include "format/keylist.h"
#include "util/error.h"

/*
 * fd is open for reading and writing, and is all that this process' own: a
 * file that is being made, not one that somebody else may read.  Its offset is
 * where it was.  Each key must be there, with a value of the same length.
 * Before there are digests of the file.
 *
 * -ENOENT: there is no record, or not such a key.
 */
int record_rewrite_file(int fd, const struct keylist *keys,
                        struct xr_error *err);

#endif
