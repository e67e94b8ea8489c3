/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A page that has a place goes there, and only if it differs from what stands
 * there; one that has none gets one, in a record behind those that there are.
 * What entries say is remembered, and written where it differs from what is in
 * the file (flat_close.c).
 */
#include "config.h"

#include "lib/flat_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "format/padding.h"
#include "format/pages.h"
#include "util/bytes.h"
#include "util/cleanup.h"

enum { PAGES_AT_ONCE = READER_VIEW_MAX / PAGE_SIZE_BYTES };

/* Pages that are written with one call. */
struct run {
    const uint8_t *bytes; /* NULL: zeros */
    uint64_t offset;
    size_t n;
};

static int flush_run(struct flat_writer *w, struct run *run,
                     struct xr_error *err)
{
    size_t n = run->n;

    run->n = 0;
    if (!n)
        return 0;
    return run->bytes ? flat_output_write(&w->output, run->offset, run->bytes,
                                          n, err)
                      : flat_output_zero(&w->output, run->offset, n, err);
}

static bool run_goes_on(const struct run *run, const uint8_t *page,
                        uint64_t offset)
{
    return run->offset + run->n == offset
           && (run->bytes ? page == run->bytes + run->n : !page);
}

/* page: NULL is one of zeros. */
static int extend_run(struct flat_writer *w, struct run *run,
                      const uint8_t *page, uint64_t offset,
                      struct xr_error *err)
{
    int r = 0;

    if (run->n && !run_goes_on(run, page, offset))
        r = flush_run(w, run, err);
    if (!run->n)
        *run = (struct run){ .bytes = page, .offset = offset };
    run->n += PAGE_SIZE_BYTES;
    return r;
}

static bool is_new_place(const uint8_t (*digest)[SEAL_DIGEST_SIZE])
{
    static const uint8_t blank[SEAL_DIGEST_SIZE];

    return !memcmp(digest, blank, SEAL_DIGEST_SIZE);
}

/* A place whose digest is all zeros is a new one: no page has that digest. */
static int put_page(struct flat_writer *w, struct run *run,
                    const uint8_t *page, uint32_t place, struct xr_error *err)
{
    uint8_t (*known)[SEAL_DIGEST_SIZE] = &w->layout.digests[place];
    uint64_t offset = flat_layout_place(&w->layout, place, NULL);
    uint8_t digest[SEAL_DIGEST_SIZE];
    bool is_new = is_new_place((const uint8_t (*)[SEAL_DIGEST_SIZE])known);
    int r;

    seal_digest_page(w->layout.table.secret, page, digest);
    if (!memcmp(digest, known, sizeof(digest)))
        return 0;
    memcpy(known, digest, sizeof(digest));
    r = flat_mark_changed(w, place, err);
    if (r)
        return r;
    if (memcmp(digest, w->zero_digest, sizeof(digest)))
        return extend_run(w, run, page, offset, err);
    /* Where nothing was written yet there are zeros. */
    return is_new ? 0 : extend_run(w, run, NULL, offset, err);
}

static int take_data(struct flat_writer *w, uint64_t at, uint32_t pages,
                     struct xr_error *err)
{
    uint32_t done = 0, n, i;
    const uint8_t *bytes;
    int r = 0;

    for (; !r && done < pages; done += n) {
        struct run run = { .n = 0 };

        n = pages - done < PAGES_AT_ONCE ? pages - done : PAGES_AT_ONCE;
        r = reader_view(&w->reader, at + (uint64_t)done * PAGE_SIZE_BYTES,
                        (size_t)n * PAGE_SIZE_BYTES, &bytes, err);
        for (i = 0; !r && i < n; i++)
            r = put_page(w, &run, bytes + (size_t)i * PAGE_SIZE_BYTES,
                         w->places[done + i], err);
        if (!r)
            r = flush_run(w, &run, err);
    }
    return r;
}

static int put_list(struct flat_writer *w, uint64_t at,
                    const uint64_t *entries, uint32_t count, uint32_t pages,
                    struct xr_error *err)
{
    size_t n = LIBXC_RECORD_HEADER_SIZE + PAGE_LIST_OFFSET
               + (size_t)count * PAGE_ENTRY_SIZE;
    CLEANUP_FREE uint8_t *list = calloc(1, n);
    uint32_t i;

    if (!list)
        return error_set(err, ENOMEM, "out of memory");
    store_le32(list, LIBXC_REC_PAGE_DATA);
    store_le32(list + 4, (uint32_t)(n - LIBXC_RECORD_HEADER_SIZE)
                         + pages * PAGE_SIZE_BYTES);
    store_le32(list + LIBXC_RECORD_HEADER_SIZE, count);
    for (i = 0; i < count; i++)
        store_le64(list + LIBXC_RECORD_HEADER_SIZE + PAGE_LIST_OFFSET
                   + (size_t)i * PAGE_ENTRY_SIZE, entries[i]);
    return flat_output_write(&w->output, at, list, n, err);
}

static int put_padding(struct flat_writer *w, uint64_t at, uint64_t n,
                       struct xr_error *err)
{
    uint8_t bytes[PAGE_SIZE_BYTES] = { 0 };

    padding_header(n, bytes);
    return flat_output_write(&w->output, at, bytes, (size_t)n, err);
}

int flat_put_batch(struct flat_writer *w, const uint64_t *entries,
                   uint32_t count, uint32_t pages, struct xr_error *err)
{
    uint64_t list = LIBXC_RECORD_HEADER_SIZE + PAGE_LIST_OFFSET
                    + (uint64_t)count * PAGE_ENTRY_SIZE;
    uint64_t at = w->layout.pages_end;
    uint64_t padding = pages ? padding_needed(at, list) : 0;
    uint32_t first = (uint32_t)w->layout.table.pages;
    struct batch batch = {
        .entries_at = at + padding + LIBXC_RECORD_HEADER_SIZE
                      + PAGE_LIST_OFFSET,
        .entries = count,
    };
    int r;

    w->output.end = at + padding + list + (uint64_t)pages * PAGE_SIZE_BYTES;
    r = padding ? put_padding(w, at, padding, err) : 0;
    at += padding;
    if (!r)
        r = put_list(w, at, entries, count, pages, err);
    if (!r && pages)
        r = flat_layout_add(&w->layout, &batch, at + list, pages, err);
    if (r)
        return r;
    if (pages)
        memset(w->layout.digests[first], 0, (size_t)pages * SEAL_DIGEST_SIZE);
    w->layout.pages_end = w->output.end;
    return 0;
}

static int make_room_for_list(struct flat_writer *w, uint32_t count,
                     struct xr_error *err)
{
    uint64_t *entries;
    uint32_t *places;

    if (count <= w->entries_room)
        return 0;
    entries = reallocarray(w->entries, count, sizeof(*entries));
    if (entries)
        w->entries = entries;
    places = reallocarray(w->places, count, sizeof(*places));
    if (places)
        w->places = places;
    if (!entries || !places)
        return error_set(err, ENOMEM, "out of memory");
    w->entries_room = count;
    return 0;
}

/* What a record's list comes to. */
struct list {
    uint32_t count;  /* of the entries that are to be written */
    uint32_t new;    /* of the places among them */
    uint32_t pages;  /* that the record has */
};

/* What began as a copy of another image has most of them already. */
static bool is_new_entry(const struct flat_writer *w, uint64_t entry,
                         const struct page_state *page)
{
    return page->filed == PAGE_UNSEEN
           && (entry & PAGE_NUMBER_MASK) >= w->layout.covered
           && (page_type(entry) != PAGE_XTAB || flat_is_told_absent(w));
}

/*
 * Of an entry with data: where that goes.  Of one without: the first time it
 * is written where it stands, for a stream begins with entries of all pages in
 * turn.
 */
static int take_page_entry(struct flat_writer *w, uint64_t entry,
                      struct list *list, struct xr_error *err)
{
    struct page_state *page;
    int r = page_map_at(&w->layout.map, entry & PAGE_NUMBER_MASK, &page, err);
    bool has_data = page_has_data(entry), put;

    if (r)
        return r;
    put = has_data ? page->place == PAGE_NO_PLACE
                   : is_new_entry(w, entry, page);
    if (has_data && put)
        page->place = (uint32_t)w->layout.table.pages + list->new++;
    if (has_data)
        w->places[list->pages++] = page->place;
    page->wanted = (uint8_t)page_type(entry);
    if (!put)
        return 0;
    page->filed = page->wanted;
    w->entries[list->count++] = entry;
    return 0;
}

static int take_page_entries(struct flat_writer *w, uint64_t at,
                             uint32_t count, struct list *list,
                             struct xr_error *err)
{
    uint32_t done = 0, n, i;
    const uint8_t *bytes;
    int r = 0;

    for (; !r && done < count; done += n) {
        n = count - done < READER_VIEW_MAX / PAGE_ENTRY_SIZE
            ? count - done : READER_VIEW_MAX / PAGE_ENTRY_SIZE;
        r = reader_view(&w->reader, at + (uint64_t)done * PAGE_ENTRY_SIZE,
                        (size_t)n * PAGE_ENTRY_SIZE, &bytes, err);
        for (i = 0; !r && i < n; i++)
            r = take_page_entry(w, load_le64(bytes
                                             + (size_t)i * PAGE_ENTRY_SIZE),
                                list, err);
        if (r == -E2BIG && err && i)
            err->offset = at + (uint64_t)(done + i - 1) * PAGE_ENTRY_SIZE;
    }
    return r;
}

static int read_count(struct flat_writer *w, const struct stream_event *event,
                      uint32_t *out, struct xr_error *err)
{
    uint64_t body = event->offset + LIBXC_RECORD_HEADER_SIZE;
    const uint8_t *head;
    int r;

    if (event->length < PAGE_LIST_OFFSET)
        return error_at(err, EINVAL, event->offset, "a PAGE_DATA record of %u "
                        "bytes", event->length);
    r = reader_view(&w->reader, body, PAGE_LIST_OFFSET, &head, err);
    if (r)
        return r;
    *out = load_le32(head);
    if (*out > (event->length - PAGE_LIST_OFFSET) / PAGE_ENTRY_SIZE)
        return error_at(err, EINVAL, body, "%u pages in a PAGE_DATA record of "
                        "%u bytes", *out, event->length);
    return 0;
}

int flat_take_pages(struct flat_writer *w, const struct stream_event *event,
                    struct xr_error *err)
{
    uint64_t at = event->offset + LIBXC_RECORD_HEADER_SIZE + PAGE_LIST_OFFSET;
    struct list list = { .count = 0 };
    uint32_t count = 0;
    int r = read_count(w, event, &count, err);

    if (!r)
        r = make_room_for_list(w, count, err);
    if (!r)
        r = take_page_entries(w, at, count, &list, err);
    at += (uint64_t)count * PAGE_ENTRY_SIZE;
    if (!r && at + (uint64_t)list.pages * PAGE_SIZE_BYTES
              != event->offset + LIBXC_RECORD_HEADER_SIZE + event->length)
        r = error_at(err, EINVAL, event->offset, "%u pages, %u of them with "
                     "data, in a PAGE_DATA record of %u bytes", count,
                     list.pages, event->length);
    if (!r && list.count)
        r = flat_put_batch(w, w->entries, list.count, list.new, err);
    return r ? r : take_data(w, at, list.pages, err);
}
