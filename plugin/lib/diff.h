/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What differs between two save images.
 */
#ifndef LIB_DIFF_H
#define LIB_DIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/image_state.h"

/* NULL: not in that image.  Borrowed from the states. */
struct difference {
    const char *key;
    const char *a;
    const char *b;
};

/* Of the keys of a part together, in bytes: what comes then is counted. */
enum { DIFFERENCES_KEYS_MAX = 4 << 20 };

struct differences {
    struct difference *items;
    size_t count;
    uint64_t found;       /* those that are not kept, too */
    struct buffer keys;
};

struct page_range {
    uint64_t first;
    uint64_t last;
};

enum { PAGE_RANGES_MAX = 100000 };

struct image_diff {
    bool same;
    struct differences config;
    struct differences metadata;
    struct differences records;
    uint64_t pages_total;       /* that the first one has */
    uint64_t pages_changed;     /* also those that only one image has */
    struct page_range *ranges;  /* the first PAGE_RANGES_MAX of them */
    size_t range_count;
    uint64_t ranges_found;
};

/*
 * In time that grows with what both have, n log n.  -ENOMEM.  *out is to be
 * freed before a and b are.
 */
int image_diff(const struct image_state *a, const struct image_state *b,
               struct image_diff *out, struct xr_error *err);

void image_diff_free(struct image_diff *diff);

#define CLEANUP_IMAGE_DIFF __attribute__((cleanup(image_diff_free)))

#endif
