/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The digest of a file's first bytes, read in large steps.
 */
#ifndef LIB_DIGEST_H
#define LIB_DIGEST_H

#include <stdint.h>

#include "format/seal.h"
#include "lib/listener.h"
#include "util/error.h"

/*
 * length bytes from start on, whatever the fd's own offset; -ENODATA if there
 * are fewer, -ECANCELED if the listener (may be NULL) stops it.
 */
int digest_file(int fd, uint64_t start, uint64_t length,
                const struct listener *listener, struct seal *out,
                struct xr_error *err);

#endif
