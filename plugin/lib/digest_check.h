/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Holds an image against the digests of its seal's table, by several threads.
 */
#ifndef LIB_DIGEST_CHECK_H
#define LIB_DIGEST_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/digest_table.h"
#include "lib/listener.h"
#include "util/error.h"

enum {
    DIGEST_CHECK_THREADS_MAX = 8,
    DAMAGES_MAX = 100,
};

/* A page whose digest does not match, or a gap between extents. */
struct damage {
    uint64_t offset;
    uint64_t length;
    bool is_page;
    size_t extent;   /* of a page: which one it is of which extent, from 0 on */
    uint64_t page;
};

/* The first ones of the image, ascending; all are counted. */
struct damages {
    struct damage items[DAMAGES_MAX];
    size_t count;
    uint64_t found;
};

/*
 * As many as this process may use processors, at most
 * DIGEST_CHECK_THREADS_MAX.
 */
unsigned int digest_check_threads(void);

/*
 * Reads the image in fd, from start on, wherever the fd stands.  The calling
 * thread is one of the threads, the only one that asks the listener, which may
 * be NULL; the others have ended when this returns.  Fewer threads take part
 * if no more can be made.  -ENODATA: the file has become shorter; -ECANCELED:
 * the listener has stopped it.
 *
 * seek: holes are looked for, and not read.  That moves the fd's offset, until
 * this returns: nobody else may have the open file.
 */
int digest_check(int fd, uint64_t start, bool seek,
                 const struct digest_table *table, unsigned int threads,
                 const struct listener *listener, struct damages *out,
                 struct xr_error *err);

#endif
