/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The digests of an image's pages out of its seal, so that the pages need not
 * be read: of two images, where one secret makes them comparable.
 */
#ifndef LIB_PAGE_DIGESTS_H
#define LIB_PAGE_DIGESTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "format/seal.h"
#include "util/error.h"

enum { PAGE_DIGESTS_AT_ONCE = 2048 };

/* Those of each page with data, in the file's order, as they are asked for. */
struct page_digests {
    int fd;         /* borrowed; -1: the pages are read, and digested */
    uint8_t secret[SEAL_SECRET_SIZE];
    uint64_t at;    /* in the file, where those behind the window begin */
    uint64_t left;  /* so many of them */
    size_t next, held;
    uint8_t window[PAGE_DIGESTS_AT_ONCE][SEAL_DIGEST_SIZE];
};

/*
 * Finds those of both images, each from where its fd stands, which stays so.
 * False: they cannot be compared by them, as one is a pipe, has no such seal
 * or a damaged one, or another secret.  Nothing is to be freed.
 */
bool page_digests_find_both(const int fds[2], struct page_digests out[2]);

/*
 * The same where out[0] is to be of an image whose pages are read, whatever it
 * is, and only out[1] has such a seal.
 */
bool page_digests_find_second(int fd, struct page_digests out[2]);

/* Reads more, when all that were held are taken; -EINVAL: there are none. */
int page_digests_fill(struct page_digests *digests, struct xr_error *err);

/* The next page's; -EINVAL: there is none.  Here, for a guest has millions. */
static inline int page_digests_next(struct page_digests *digests,
                                    const uint8_t **digest_out,
                                    struct xr_error *err)
{
    if (digests->next == digests->held) {
        int r = page_digests_fill(digests, err);

        if (r)
            return r;
    }
    *digest_out = digests->window[digests->next++];
    return 0;
}

#endif
