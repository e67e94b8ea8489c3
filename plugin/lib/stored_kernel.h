/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel file that libxl's stored configuration of a running domain names,
 * for domains that were started when nobody recorded its notes.
 *
 * No digest of the file is known.  It is taken for the one that the domain was
 * built from if it, and every symbolic link on the way to it, was there in
 * that form before the domain was: not only its modification time, which
 * package managers set back, but also its change time, which nobody can set.
 */
#ifndef LIB_STORED_KERNEL_H
#define LIB_STORED_KERNEL_H

#include <stddef.h>
#include <stdint.h>

#include "format/keylist.h"
#include "util/buffer.h"
#include "util/error.h"

/*
 * json: the configuration, of n bytes; uuid: the domain's; started: when it
 * was built, in seconds since the epoch.
 *
 * 0 with the notes in the empty list *out and the file's name in the empty
 * buffer *path_out.  Anything else, with both empty, means that nothing is
 * known, and *err says on what ground: -ESTALE for a file that is newer,
 * -ENOENT for a configuration that names none, -EINVAL for one that is of
 * another domain or malformed, else what reading the file failed with.
 */
int stored_kernel_notes(const char *json, size_t n, const char *uuid,
                        int64_t started, struct keylist *out,
                        struct buffer *path_out, struct xr_error *err);

#endif
