/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The digest of a file's first bytes, read in large steps.
 */
#ifndef LIB_DIGEST_H
#define LIB_DIGEST_H

#include <stdint.h>

#include "format/seal.h"
#include "util/error.h"

/* How far it is; may be NULL. */
typedef void digest_progress(void *data, uint64_t done, uint64_t all);

/*
 * length bytes from start on, whatever the fd's own offset; -ENODATA if there
 * are fewer.
 */
int digest_file(int fd, uint64_t start, uint64_t length,
                digest_progress *progress, void *data, struct seal *out,
                struct xr_error *err);

#endif
