/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "lib/page_digests.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/digest_table.h"
#include "util/cleanup.h"
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

static bool read_one_table(int fd, struct digest_table *table,
                           struct page_digests *out)
{
    uint64_t start = 0;
    struct seal seal;

    if (!find_table_seal(fd, &start, &seal)
        || digest_table_read(fd, start, &seal, table, NULL)
        || digest_table_read_pages(fd, start, table, &out->of, NULL))
        return false;
    out->count = table->pages;
    memcpy(out->secret, table->secret, SEAL_SECRET_SIZE);
    return true;
}

bool page_digests_read_both(const int fds[2], struct page_digests out[2])
{
    CLEANUP_DIGEST_TABLE struct digest_table a = { .extents = NULL };
    CLEANUP_DIGEST_TABLE struct digest_table b = { .extents = NULL };

    out[0] = out[1] = (struct page_digests){ .of = NULL };
    if (read_one_table(fds[0], &a, &out[0])
        && read_one_table(fds[1], &b, &out[1])
        && !memcmp(a.secret, b.secret, SEAL_SECRET_SIZE))
        return true;
    page_digests_free(out);
    return false;
}

bool page_digests_read_second(int fd, struct page_digests out[2])
{
    CLEANUP_DIGEST_TABLE struct digest_table table = { .extents = NULL };

    out[0] = out[1] = (struct page_digests){ .of = NULL };
    if (!read_one_table(fd, &table, &out[1]))
        return false;
    memcpy(out[0].secret, table.secret, SEAL_SECRET_SIZE);
    return true;
}

void page_digests_free(struct page_digests both[2])
{
    int i;

    for (i = 0; i < 2; i++) {
        cleanup_free(&both[i].of);
        both[i] = (struct page_digests){ .of = NULL };
    }
}
