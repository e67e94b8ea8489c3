/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * All that two save images can be compared by: the configuration and metadata
 * as values, other records and every page as digests.
 */
#ifndef LIB_IMAGE_STATE_H
#define LIB_IMAGE_STATE_H

#include <stdint.h>

#include "lib/listener.h"
#include "lib/page_digests.h"
#include "lib/page_map.h"
#include "lib/values.h"
#include "util/error.h"

struct image_state {
    struct values config;     /* lib/flatten.h */
    struct values metadata;
    struct values records;    /* "X86_PV_VCPU_BASIC[0]" and its digest */
    struct page_map pages;    /* digests of the last contents */
    uint64_t page_count;      /* one more than the highest number */
};

/*
 * Reads a whole image from where fd stands; listener may be NULL.  With digests
 * of its pages, these are used up instead of the pages, which are not read; NULL,
 * or with nothing but a secret: they are.  Only states can be compared that were read
 * with one secret, or both without.  -EINVAL or -ENODATA where it is damaged or cut
 * off: then there is nothing to compare;
 * -E2BIG where a configuration or the state has more than values hold, or pages are
 * further apart than a guest's.
 */
int image_state_read(int fd, struct page_digests *digests,
                     const struct listener *listener, struct image_state *out,
                     struct xr_error *err);

void image_state_free(struct image_state *state);

#define CLEANUP_IMAGE_STATE __attribute__((cleanup(image_state_free)))

#endif
