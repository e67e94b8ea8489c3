/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The digests of an image's pages out of its seal, so that the pages need not
 * be read: of two images, where one secret makes them comparable.
 */
#ifndef LIB_PAGE_DIGESTS_H
#define LIB_PAGE_DIGESTS_H

#include <stdbool.h>
#include <stdint.h>

#include "format/seal.h"
#include "util/error.h"

struct page_digests {
    uint8_t (*of)[SEAL_DIGEST_SIZE]; /* each page with data, in the file's order;
                                      * NULL: the pages are read, and digested */
    uint64_t count;
    uint8_t secret[SEAL_SECRET_SIZE];
};

/*
 * Reads those of both images, each from where its fd stands, which stays so.
 * False, and *out is empty: they cannot be compared by them, as one is a pipe, has
 * no such seal or a damaged one, or another secret.
 */
bool page_digests_read_both(const int fds[2], struct page_digests out[2]);

/*
 * The same where out[0] is to be of an image whose pages are read, whatever it is,
 * and only out[1] has such a seal.
 */
bool page_digests_read_second(int fd, struct page_digests out[2]);

/* Of both. */
void page_digests_free(struct page_digests both[2]);

#endif
