/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "flat_seal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format/pages.h"
#include "lib/walk.h"
#include "util/bytes.h"
#include "util/cleanup.h"
#include "util/io.h"

static void must(bool ok)
{
    if (!ok)
        abort();
}

static void read_at(int fd, uint64_t at, void *out, size_t n)
{
    must(pread_full(fd, out, n, (off_t)at) == (ssize_t)n);
}

static void add_pages(struct walk *w, struct digest_table *t)
{
    const uint8_t *head;
    uint64_t list;

    if (w->event.kind != STREAM_EVENT_RECORD || w->event.layer != STREAM_LIBXC
        || w->event.type != LIBXC_REC_PAGE_DATA)
        return;
    must(!walk_view(w, 0, 4, &head, NULL));
    list = PAGE_LIST_OFFSET + (uint64_t)load_le32(head) * PAGE_ENTRY_SIZE;
    if (w->event.length > list)
        must(!digest_table_add(t, w->body + list, (w->event.length - list)
                               / PAGE_SIZE_BYTES, NULL));
}

static void find_extents(int fd, struct digest_table *t)
{
    struct walk *w = malloc(sizeof(*w));

    must(w && lseek(fd, 0, SEEK_SET) == 0);
    walk_open(w, fd);
    do {
        must(!walk_next(w, NULL));
        add_pages(w, t);
    } while (w->event.kind != STREAM_EVENT_END);
    free(w);
}

static void digest_gap(int fd, const struct digest_table *t, size_t i,
                       uint8_t *out)
{
    CLEANUP_SEALER struct sealer *s = sealer_new();
    uint64_t end, at = digest_table_gap(t, i, &end);
    static uint8_t bytes[65536];
    struct seal found;
    size_t n;

    must(s != NULL);
    for (; at < end; at += n) {
        n = end - at < sizeof(bytes) ? (size_t)(end - at) : sizeof(bytes);
        read_at(fd, at, bytes, n);
        sealer_update(s, bytes, n);
    }
    sealer_finish(s, &found);
    memcpy(out, found.digest, SEAL_DIGEST_SIZE);
}

static void digest_extent(int fd, const struct digest_table *t,
                          const struct extent *e,
                          uint8_t (*out)[SEAL_DIGEST_SIZE])
{
    uint8_t page[PAGE_SIZE_BYTES];
    uint64_t i;

    for (i = 0; i < e->pages; i++) {
        read_at(fd, e->offset + i * PAGE_SIZE_BYTES, page, sizeof(page));
        seal_digest_page(t->secret, page, out[e->first + i]);
    }
}

void flat_seal_by(int fd, const struct digest_table *t)
{
    struct digests digests = {
        .pages = calloc((size_t)t->pages + 1, SEAL_DIGEST_SIZE),
        .gaps = calloc(t->extent_count + 1, SEAL_DIGEST_SIZE),
    };
    struct seal seal;
    size_t i;

    must(digests.pages && digests.gaps);
    for (i = 0; i < t->extent_count; i++)
        digest_extent(fd, t, &t->extents[i], digests.pages);
    for (i = 0; i <= t->extent_count; i++)
        digest_gap(fd, t, i, digests.gaps[i]);
    must(!digest_table_write(fd, t, &digests, &seal, NULL));
    free(digests.pages);
    free(digests.gaps);
}

void flat_seal_file(int fd)
{
    CLEANUP_DIGEST_TABLE struct digest_table t = { .length = 0 };
    struct stat st;
    size_t i;

    must(!fstat(fd, &st));
    t.length = (uint64_t)st.st_size;
    /* No secret, but one that a test can repeat. */
    for (i = 0; i < sizeof(t.secret); i++)
        t.secret[i] = (uint8_t)(i * i + 7);
    find_extents(fd, &t);
    flat_seal_by(fd, &t);
}

void flat_seal(struct buffer *b)
{
    CLEANUP_CLOSE int fd = memfd_create("image", MFD_CLOEXEC);
    CLEANUP_FREE char *bytes = NULL;
    struct stat st;
    size_t n;

    must(fd >= 0 && !write_full(fd, b->data, b->length, NULL));
    flat_seal_file(fd);
    must(!fstat(fd, &st));
    n = (size_t)st.st_size - b->length;
    bytes = malloc(n);
    must(bytes != NULL);
    read_at(fd, b->length, bytes, n);
    buffer_append(b, bytes, n);
    must(!buffer_failed(b));
}
