/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "lib/digest_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format/pages.h"
#include "lib/digest.h"
#include "util/bytes.h"
#include "util/cleanup.h"
#include "util/io.h"

enum { STEP = 4096 }; /* extents that are read or written at once */

static uint64_t extents_at(const struct digest_table *t)
{
    return t->length + SEAL_SIZE + SEAL_SECRET_SIZE;
}

uint64_t digest_table_extent_at(const struct digest_table *t, size_t i)
{
    return extents_at(t) + i * EXTENT_SIZE;
}

uint64_t digest_table_page_at(const struct digest_table *t, uint64_t page)
{
    return digest_table_extent_at(t, t->extent_count)
           + page * SEAL_DIGEST_SIZE;
}

uint64_t digest_table_gap_at(const struct digest_table *t, size_t gap)
{
    return digest_table_page_at(t, t->pages) + gap * SEAL_DIGEST_SIZE;
}

/* Where the table ends, and the seal stands once more. */
static uint64_t copy_at(const struct digest_table *t)
{
    return digest_table_gap_at(t, t->extent_count + 1);
}

uint64_t digest_table_end(const struct digest_table *t)
{
    return copy_at(t) + SEAL_SIZE;
}

uint64_t digest_table_gap(const struct digest_table *t, size_t i,
                          uint64_t *end_out)
{
    *end_out = i < t->extent_count ? t->extents[i].offset : t->length;
    return i ? extent_end(&t->extents[i - 1]) : 0;
}

/* Room for one more. */
static int grow(struct digest_table *t, struct xr_error *err)
{
    size_t n = t->extent_count;
    struct extent *more;

    if (n & (n - 1) || (n && n < 16))
        return 0;
    more = reallocarray(t->extents, n ? 2 * n : 16, sizeof(*more));
    if (!more)
        return error_set(err, ENOMEM, "out of memory");
    t->extents = more;
    return 0;
}

int digest_table_add(struct digest_table *t, uint64_t offset, uint64_t pages,
                     struct xr_error *err)
{
    struct extent *last = t->extent_count ? &t->extents[t->extent_count - 1]
                                          : NULL;
    int r;

    if (pages > EXTENT_PAGES_MAX - t->pages)
        return error_at(err, E2BIG, offset, "more than %u pages",
                        (unsigned int)EXTENT_PAGES_MAX);
    if (last && extent_end(last) == offset) {
        last->pages += pages;
        t->pages += pages;
        return 0;
    }
    r = grow(t, err);
    if (r)
        return r;
    t->extents[t->extent_count++] = (struct extent){
        .offset = offset,
        .pages = pages,
        .first = t->pages,
    };
    t->pages += pages;
    return 0;
}

/* Reading. */

static int table_bytes(int fd, uint64_t start, uint64_t offset, void *out,
                   size_t n, struct xr_error *err)
{
    ssize_t got = pread_full(fd, out, n, (off_t)(start + offset));

    if (got < 0)
        return error_system(err, (int)-got, "cannot read");
    return (size_t)got == n ? 0
           : error_at(err, EBADMSG, offset + (uint64_t)got, "the seal's table "
                      "is cut off");
}

static int take_extent(struct digest_table *t, const uint8_t *bytes,
                       uint64_t at, struct xr_error *err)
{
    uint64_t offset = load_le64(bytes), pages = load_le64(bytes + 8);
    uint64_t least = t->extent_count
                     ? extent_end(&t->extents[t->extent_count - 1]) + 1 : 0;

    if (offset % PAGE_SIZE_BYTES || offset < least || offset > t->length
        || !pages || pages > (t->length - offset) / PAGE_SIZE_BYTES)
        return error_at(err, EBADMSG, at, "an extent of the seal's table is "
                        "in the wrong place");
    return digest_table_add(t, offset, pages, err);
}

/* As they are read they are looked at: their number is only said. */
static int read_extents(int fd, uint64_t start, uint32_t count,
                        struct digest_table *t, struct xr_error *err)
{
    uint64_t at = extents_at(t);
    uint8_t bytes[STEP];
    int r = 0;

    while (!r && t->extent_count < count) {
        size_t left = count - t->extent_count, i;
        size_t n = left < STEP / EXTENT_SIZE ? left : STEP / EXTENT_SIZE;

        r = table_bytes(fd, start, at, bytes, n * EXTENT_SIZE, err);
        for (i = 0; !r && i < n; i++)
            r = take_extent(t, bytes + i * EXTENT_SIZE, at + i * EXTENT_SIZE,
                            err);
        at += n * EXTENT_SIZE;
    }
    return r;
}

static int cut_table(uint64_t size, struct xr_error *err)
{
    return error_at(err, EBADMSG, size, "the seal's table is cut off");
}

/* How much of the file there is from start on. */
static int size_of(int fd, uint64_t start, uint64_t *out,
                   struct xr_error *err)
{
    struct stat st;

    if (fstat(fd, &st))
        return error_system(err, errno, "cannot read");
    *out = (uint64_t)st.st_size > start ? (uint64_t)st.st_size - start : 0;
    return 0;
}

/* Before anything is computed from them: can so many extents be there? */
static int check_size(const struct seal *seal, uint64_t size,
                      struct xr_error *err)
{
    uint64_t least = SEAL_SIZE + SEAL_SECRET_SIZE
                     + (uint64_t)seal->extents * EXTENT_SIZE;

    return seal->length > size || least > size - seal->length
           ? cut_table(size, err) : 0;
}

static int check_end(const struct digest_table *t, uint64_t size,
                     struct xr_error *err)
{
    uint64_t end = digest_table_end(t);

    if (size < end)
        return cut_table(size, err);
    return size == end ? 0 : error_at(err, EBADMSG, end, "something stands "
                                      "behind the seal's table");
}

static int check_copy(int fd, uint64_t start, const struct seal *seal,
                      const struct digest_table *t, struct xr_error *err)
{
    uint8_t expected[SEAL_SIZE], found[SEAL_SIZE];
    int r = table_bytes(fd, start, copy_at(t), found, sizeof(found), err);

    seal_encode(seal, expected);
    if (r || !memcmp(found, expected, sizeof(found)))
        return r;
    return error_at(err, EBADMSG, copy_at(t), "the copy of the seal behind "
                    "its table differs");
}

int digest_table_read_extents(int fd, uint64_t start, const struct seal *seal,
                              struct digest_table *out, struct xr_error *err)
{
    CLEANUP_DIGEST_TABLE struct digest_table t = { .length = seal->length };
    uint64_t size = 0;
    int r = size_of(fd, start, &size, err);

    if (!r)
        r = check_size(seal, size, err);
    if (!r)
        r = table_bytes(fd, start, seal->length + SEAL_SIZE, t.secret,
                    sizeof(t.secret), err);
    if (!r)
        r = read_extents(fd, start, seal->extents, &t, err);
    if (!r)
        r = check_end(&t, size, err);
    if (!r)
        r = check_copy(fd, start, seal, &t, err);
    if (r)
        return r;
    *out = t;
    t.extents = NULL;
    return 0;
}

static int check_digest(int fd, uint64_t start, const struct seal *seal,
                        const struct digest_table *t, struct xr_error *err)
{
    uint64_t from = seal->length + SEAL_SIZE;
    struct seal found;
    int r = digest_file(fd, start + from, copy_at(t) - from, NULL, &found,
                        err);

    if (r || !memcmp(found.digest, seal->digest, SEAL_DIGEST_SIZE))
        return r;
    return error_at(err, EBADMSG, from, "the seal's table is damaged: its "
                    "digest does not match");
}

int digest_table_read(int fd, uint64_t start, const struct seal *seal,
                      struct digest_table *out, struct xr_error *err)
{
    CLEANUP_DIGEST_TABLE struct digest_table t = { .length = 0 };
    int r = digest_table_read_extents(fd, start, seal, &t, err);

    if (!r)
        r = check_digest(fd, start, seal, &t, err);
    if (r)
        return r;
    *out = t;
    t.extents = NULL;
    return 0;
}

int digest_table_read_pages(int fd, uint64_t start,
                            const struct digest_table *t,
                            uint8_t (**out)[SEAL_DIGEST_SIZE],
                            struct xr_error *err)
{
    uint8_t (*digests)[SEAL_DIGEST_SIZE];
    int r;

    digests = calloc((size_t)t->pages + 1, sizeof(*digests));
    if (!digests)
        return error_set(err, ENOMEM, "out of memory");
    r = table_bytes(fd, start, digest_table_page_at(t, 0), digests,
                (size_t)t->pages * sizeof(*digests), err);
    if (r)
        free(digests);
    else
        *out = digests;
    return r;
}

int digest_table_read_gap(int fd, uint64_t start, const struct digest_table *t,
                          size_t gap, uint8_t out[SEAL_DIGEST_SIZE],
                          struct xr_error *err)
{
    return table_bytes(fd, start, digest_table_gap_at(t, gap), out,
                       SEAL_DIGEST_SIZE, err);
}

/* Writing. */

struct table_writer {
    int fd;
    struct sealer *sealer;
    struct xr_error *err;
};

static int put(struct table_writer *w, const void *bytes, size_t n)
{
    int r = write_full(w->fd, bytes, n, NULL);

    if (r)
        return error_system(w->err, -r, "cannot write the seal");
    sealer_update(w->sealer, bytes, n);
    return 0;
}

static int put_extents(struct table_writer *w, const struct digest_table *t)
{
    uint8_t bytes[STEP];
    size_t i, n = 0;
    int r = 0;

    for (i = 0; !r && i < t->extent_count; i++) {
        store_le64(bytes + n, t->extents[i].offset);
        store_le64(bytes + n + 8, t->extents[i].pages);
        n += EXTENT_SIZE;
        if (n < STEP && i + 1 < t->extent_count)
            continue;
        r = put(w, bytes, n);
        n = 0;
    }
    return r;
}

static int put_table(struct table_writer *w, const struct digest_table *t,
                     const struct digests *digests)
{
    int r;

    if (lseek(w->fd, (off_t)(t->length + SEAL_SIZE), SEEK_SET) < 0)
        return error_system(w->err, errno, "cannot seek");
    r = put(w, t->secret, sizeof(t->secret));
    if (!r)
        r = put_extents(w, t);
    if (!r)
        r = put(w, digests->pages, (size_t)t->pages * SEAL_DIGEST_SIZE);
    return r ? r : put(w, digests->gaps,
                       (t->extent_count + 1) * SEAL_DIGEST_SIZE);
}

/* Behind the table, where the fd stands, and before it. */
static int put_seal(int fd, const struct seal *seal, struct xr_error *err)
{
    uint8_t bytes[SEAL_SIZE];
    int r;

    seal_encode(seal, bytes);
    r = write_full(fd, bytes, sizeof(bytes), NULL);
    if (!r && lseek(fd, (off_t)seal->length, SEEK_SET) < 0)
        r = -errno;
    if (!r)
        r = write_full(fd, bytes, sizeof(bytes), NULL);
    return r ? error_system(err, -r, "cannot write the seal") : 0;
}

int digest_table_write(int fd, const struct digest_table *t,
                       const struct digests *digests, struct seal *out,
                       struct xr_error *err)
{
    CLEANUP_SEALER struct sealer *sealer = sealer_new();
    struct table_writer writer = { fd, sealer, err };
    struct seal seal;
    int r;

    if (!sealer)
        return error_set(err, ENOMEM, "out of memory");
    r = put_table(&writer, t, digests);
    if (r)
        return r;
    sealer_finish(sealer, &seal);
    seal.version = SEAL_OF_PAGES;
    seal.extents = (uint32_t)t->extent_count;
    seal.length = t->length;
    r = put_seal(fd, &seal, err);
    if (!r)
        *out = seal;
    return r;
}

void digest_table_free(struct digest_table *t)
{
    cleanup_free(&t->extents);
    t->extents = NULL;
}
