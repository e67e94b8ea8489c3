/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any stream laid out flat: what comes out is read back, each page is what its
 * digest says, and the same stream over that image changes no page in the end.
 * Any image as the parent, as it is and with a seal that matches: it is one, or
 * it is said why not.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "format/pages.h"
#include "fuzz.h"
#include "lib/diff.h"
#include "lib/digest.h"
#include "lib/flat_writer.h"
#include "lib/walk.h"
#include "util/bytes.h"
#include "util/cleanup.h"
#include "util/io.h"

static int file_of(const uint8_t *bytes, size_t n)
{
    int fd = memfd_create("image", MFD_CLOEXEC);

    must(fd >= 0 && !write_full(fd, bytes, n, NULL));
    must(lseek(fd, 0, SEEK_SET) == 0);
    return fd;
}

static int lay_out(const uint8_t *bytes, size_t n, int out,
                   struct flat_layout *parent)
{
    CLEANUP_CLOSE int in = file_of(bytes, n);
    CLEANUP_FLAT_WRITER struct flat_writer *w = NULL;
    const struct flat_order order = {
        .in = in, .out = out, .parent = parent, .seal = true,
    };
    struct flat_outcome outcome;
    struct xr_error err = { .code = 0 };
    int r = flat_writer_new(&order, &w, &err);

    if (!r)
        r = flat_writer_take(w, &err);
    if (!r)
        r = flat_writer_close(w, &outcome, &err);
    must(r <= 0 && r != -ENOMEM && (!r || *err.message));
    return r;
}

static int read_layout(int fd, struct flat_layout *out)
{
    CLEANUP_FREE char *uuid = NULL;
    struct xr_error err = { .code = 0 };
    int r;

    must(lseek(fd, 0, SEEK_SET) == 0);
    r = flat_layout_read(fd, out, &uuid, &err);
    must(r <= 0 && r != -ENOMEM && (!r || *err.message));
    return r;
}

static void check_digests(int fd, const struct flat_layout *layout)
{
    uint8_t page[PAGE_SIZE_BYTES], digest[SEAL_DIGEST_SIZE];
    uint32_t i;

    for (i = 0; i < layout->table.pages; i++) {
        must(pread_full(fd, page, sizeof(page),
                        (off_t)flat_layout_place(layout, i, NULL))
             == sizeof(page));
        seal_digest_page(layout->table.secret, page, digest);
        must(!memcmp(digest, layout->digests[i], sizeof(digest)));
    }
}

/* Each page of the stream is in the image, as it was last. */
static void is_same_guest(const uint8_t *bytes, size_t n, int fd)
{
    CLEANUP_IMAGE_STATE struct image_state a = { .page_count = 0 };
    CLEANUP_IMAGE_STATE struct image_state b = { .page_count = 0 };
    CLEANUP_IMAGE_DIFF struct image_diff diff = { .same = false };
    CLEANUP_CLOSE int stream = file_of(bytes, n);

    must(lseek(fd, 0, SEEK_SET) == 0);
    if (image_state_read(stream, NULL, NULL, &a, NULL)
        || image_state_read(fd, NULL, NULL, &b, NULL))
        return;
    must(!image_diff(&a, &b, &diff, NULL));
    must(!diff.pages_changed);
}

/* An image without pages is laid out, and can be nobody's parent. */
static void lay_out_again(const uint8_t *bytes, size_t n, int fd)
{
    CLEANUP_FLAT_LAYOUT struct flat_layout layout = { .pages_begin = 0 };
    CLEANUP_FLAT_LAYOUT struct flat_layout again = { .pages_begin = 0 };

    if (read_layout(fd, &layout))
        return;
    check_digests(fd, &layout);
    is_same_guest(bytes, n, fd);
    must(!lay_out(bytes, n, fd, &layout));
    must(!read_layout(fd, &again));
    check_digests(fd, &again);
}

/* Where pages stand; false: the image has no end, or its pages none. */
static bool find_pages(int fd, struct digest_table *t)
{
    CLEANUP_FREE struct walk *w = malloc(sizeof(*w));
    const uint8_t *head;
    uint64_t list;

    must(w && lseek(fd, 0, SEEK_SET) == 0);
    for (walk_open(w, fd); !walk_next(w, NULL);) {
        t->length = w->stream.offset;
        if (w->event.kind == STREAM_EVENT_END)
            return true;
        if (w->event.kind != STREAM_EVENT_RECORD
            || w->event.layer != STREAM_LIBXC
            || w->event.type != LIBXC_REC_PAGE_DATA
            || w->event.length < PAGE_LIST_OFFSET)
            continue;
        if (walk_view(w, 0, PAGE_LIST_OFFSET, &head, NULL))
            return false;
        list = PAGE_LIST_OFFSET + (uint64_t)load_le32(head) * PAGE_ENTRY_SIZE;
        if (w->event.length >= list + PAGE_SIZE_BYTES)
            must(!digest_table_add(t, w->body + list,
                                   (w->event.length - list)
                                   / PAGE_SIZE_BYTES, NULL));
    }
    return false;
}

static bool digest_pages(int fd, const struct digest_table *t,
                         const struct extent *e,
                         uint8_t (*out)[SEAL_DIGEST_SIZE])
{
    uint8_t page[PAGE_SIZE_BYTES];
    uint64_t i;

    for (i = 0; i < e->pages; i++) {
        if (pread_full(fd, page, sizeof(page),
                       (off_t)(e->offset + i * PAGE_SIZE_BYTES))
            != sizeof(page))
            return false;
        seal_digest_page(t->secret, page, out[e->first + i]);
    }
    return true;
}

/* As if who has changed the image had sealed it; false: it has no end. */
static bool seal_again(int fd)
{
    CLEANUP_DIGEST_TABLE struct digest_table t = { .length = 0 };
    bool ok = find_pages(fd, &t);
    CLEANUP_FREE uint8_t (*pages)[SEAL_DIGEST_SIZE] =
        calloc((size_t)t.pages + 1, sizeof(*pages));
    CLEANUP_FREE uint8_t (*gaps)[SEAL_DIGEST_SIZE] =
        calloc(t.extent_count + 1, sizeof(*gaps));
    const struct digests digests = { pages, gaps };
    struct seal seal = { .length = 0 };
    uint64_t at, end;
    size_t i;

    must(pages && gaps);
    for (i = 0; ok && i < t.extent_count; i++)
        ok = digest_pages(fd, &t, &t.extents[i], pages);
    for (i = 0; ok && i <= t.extent_count; i++) {
        at = digest_table_gap(&t, i, &end);
        ok = !digest_file(fd, at, end - at, NULL, &seal, NULL);
        memcpy(gaps[i], seal.digest, SEAL_DIGEST_SIZE);
    }
    return ok && !ftruncate(fd, (off_t)t.length)
           && !digest_table_write(fd, &t, &digests, &seal, NULL);
}

static void try_as_parent(const uint8_t *bytes, size_t n, int fd)
{
    CLEANUP_FLAT_LAYOUT struct flat_layout layout = { .pages_begin = 0 };

    if (!read_layout(fd, &layout) && !lay_out(bytes, n, fd, &layout))
        lay_out_again(bytes, n, fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    CLEANUP_CLOSE int given = file_of(bytes, n), made = file_of(bytes, 0);
    CLEANUP_CLOSE int sealed = file_of(bytes, n);

    try_as_parent(bytes, n, given);
    if (seal_again(sealed))
        try_as_parent(bytes, n, sealed);
    if (!lay_out(bytes, n, made, NULL))
        lay_out_again(bytes, n, made);
    return 0;
}
