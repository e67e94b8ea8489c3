/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a file occupies of its file system, and how much of that other files
 * have, too: a flat image shares blocks with the one that it began as a copy
 * of.
 */
#ifndef LIB_OCCUPANCY_H
#define LIB_OCCUPANCY_H

#include <stdint.h>

#include "util/error.h"

/* What is not known, or is no file's. */
#define OCCUPANCY_UNKNOWN UINT64_MAX

struct occupancy {
    uint64_t bytes;
    uint64_t shared; /* of them */
};

/*
 * Both are OCCUPANCY_UNKNOWN of what is no regular file; shared also where the
 * file system does not say it.
 */
int occupancy_read(int fd, struct occupancy *out, struct xr_error *err);

#endif
