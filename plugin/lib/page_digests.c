/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "lib/page_digests.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/digest_table.h"
#include "util/io.h"

/* The seal of a file that ends with it, and where the image begins. */
static bool find_table_seal(int fd, uint64_t *start_out, struct seal *out)
{
    off_t start = lseek(fd, 0, SEEK_CUR);
    uint8_t bytes[SEAL_SIZE];
    struct stat st;

    if (start < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode)
        || st.st_size - start < SEAL_SIZE
        || pread_full(fd, bytes, SEAL_SIZE, st.st_size - SEAL_SIZE)
           != SEAL_SIZE)
        return false;
    *start_out = (uint64_t)start;
    return !seal_decode(bytes, 0, out, NULL)
           && out->version == SEAL_OF_PAGES;
}

static bool find_one(int fd, struct digest_table *table,
                     struct page_digests *out)
{
    uint64_t start = 0;
    struct seal seal;

    if (!find_table_seal(fd, &start, &seal)
        || digest_table_read(fd, start, &seal, table, NULL))
        return false;
    out->fd = fd;
    out->at = start + digest_table_page_at(table, 0);
    out->left = table->pages;
    out->next = out->held = 0;
    memcpy(out->secret, table->secret, SEAL_SECRET_SIZE);
    return true;
}

bool page_digests_find_both(const int fds[2], struct page_digests out[2])
{
    CLEANUP_DIGEST_TABLE struct digest_table a = { .extents = NULL };
    CLEANUP_DIGEST_TABLE struct digest_table b = { .extents = NULL };

    return find_one(fds[0], &a, &out[0]) && find_one(fds[1], &b, &out[1])
           && !memcmp(a.secret, b.secret, SEAL_SECRET_SIZE);
}

bool page_digests_find_second(int fd, struct page_digests out[2])
{
    CLEANUP_DIGEST_TABLE struct digest_table table = { .extents = NULL };

    if (!find_one(fd, &table, &out[1]))
        return false;
    out[0].fd = -1;
    memcpy(out[0].secret, table.secret, SEAL_SECRET_SIZE);
    return true;
}

int page_digests_fill(struct page_digests *d, struct xr_error *err)
{
    size_t n = d->left < PAGE_DIGESTS_AT_ONCE ? (size_t)d->left
                                              : PAGE_DIGESTS_AT_ONCE;
    ssize_t got;

    if (!n)
        return error_set(err, EINVAL, "more pages than the seal's table has");
    got = pread_full(d->fd, d->window, n * SEAL_DIGEST_SIZE, (off_t)d->at);
    if (got < 0)
        return error_system(err, (int)-got, "cannot read");
    if ((size_t)got < n * SEAL_DIGEST_SIZE)
        return error_set(err, ENODATA, "the seal's table is cut off");
    d->at += (uint64_t)got;
    d->left -= n;
    d->next = 0;
    d->held = n;
    return 0;
}
