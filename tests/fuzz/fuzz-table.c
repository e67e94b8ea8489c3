/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The table of a flat image's seal, over any bytes, with a digest that does or does
 * not match: what is read is consistent, is where it can be, and costs bounded memory.
 *
 * The first two bytes say how many pages long the image is, which is a hole; the next
 * four how many extents its seal has; the table follows.
 */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "lib/digest_check.h"
#include "lib/digest_table.h"
#include "util/bytes.h"

enum { HEAD = 6 };

static void is_consistent(const struct digest_table *t, uint64_t size)
{
    uint64_t pages = 0, end, last = 0;
    size_t i;

    for (i = 0; i < t->extent_count; i++) {
        const struct extent *e = &t->extents[i];

        must(e->offset % 4096 == 0 && e->pages && e->first == pages);
        must(digest_table_gap(t, i, &end) == last && end == e->offset);
        must(!i || end > last);
        last = extent_end(e);
        must(last > e->offset && last <= t->length);
        pages += e->pages;
    }
    must(t->pages == pages);
    must(digest_table_gap(t, i, &end) == last && end == t->length);
    must(digest_table_end(t) == size);
}

/* With the seal that such a table would have. */
static void place(int fd, struct seal *seal, const uint8_t *bytes, size_t n)
{
    CLEANUP_SEALER struct sealer *sealer = sealer_new();
    uint8_t encoded[SEAL_SIZE];
    struct seal digest;

    must(sealer != NULL);
    if (n >= SEAL_SIZE)
        sealer_update(sealer, bytes, n - SEAL_SIZE);
    sealer_finish(sealer, &digest);
    memcpy(seal->digest, digest.digest, SEAL_DIGEST_SIZE);
    seal_encode(seal, encoded);
    must(!ftruncate(fd, 0)
         && pwrite(fd, encoded, SEAL_SIZE, (off_t)seal->length) == SEAL_SIZE
         && pwrite(fd, bytes, n, (off_t)seal->length + SEAL_SIZE)
            == (ssize_t)n);
    if (n >= SEAL_SIZE)
        must(pwrite(fd, encoded, SEAL_SIZE, (off_t)(seal->length + n))
             == SEAL_SIZE);
}

static void check_digests(int fd, const struct digest_table *t)
{
    struct damages damages;
    size_t i;

    must(!digest_check(fd, 0, true, t, 2, NULL, &damages, NULL));
    must(damages.count <= damages.found
         && damages.found <= t->pages + t->extent_count + 1);
    for (i = 0; i < damages.count; i++)
        must(damages.items[i].offset + damages.items[i].length <= t->length
             && (!i || damages.items[i].offset
                       >= damages.items[i - 1].offset));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct seal seal = { .version = SEAL_OF_PAGES };
    static int fd = -1;
    int digest, r;

    if (fd < 0)
        fd = memfd_create("image", MFD_CLOEXEC);
    if (n < HEAD)
        return 0;
    seal.length = (uint64_t)(load_le16(bytes) % 512) << 12;
    seal.extents = load_le32(bytes + 2);
    place(fd, &seal, bytes + HEAD, n - HEAD);
    for (digest = 0; digest < 2; digest++) {
        CLEANUP_DIGEST_TABLE struct digest_table t = { .length = 0 };
        struct xr_error err = { .code = 0 };
        uint64_t size = seal.length + SEAL_SIZE + n - HEAD;

        r = digest ? digest_table_read(fd, 0, &seal, &t, &err)
                   : digest_table_read_extents(fd, 0, &seal, &t, &err);
        must(!r || r == -EBADMSG || r == -E2BIG);
        must(!r || (strlen(err.message) > 0 && err.offset <= size));
        if (r)
            continue;
        is_consistent(&t, size);
        check_digests(fd, &t);
    }
    return 0;
}
