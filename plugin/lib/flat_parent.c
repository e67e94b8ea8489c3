/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The layout of an image that is there: its records are hopped over, their
 * lists of entries read, and the digests taken from its seal.  What stands in
 * the pages nobody looks at; all else is held against its digest, for it gets
 * a new one in the next image.
 */
#include "config.h"

#include "lib/flat_layout.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "format/padding.h"
#include "format/pages.h"
#include "lib/digest.h"
#include "lib/walk.h"
#include "util/bytes.h"
#include "util/cleanup.h"

enum { ENTRIES_AT_ONCE = 4096 };

/* An entry behind the last record with pages. */
struct loose {
    uint64_t number;
    uint8_t before; /* the page's type by the entry before */
};

struct scan {
    struct walk walk;
    struct record_finder finder;
    struct flat_layout *layout;
    uint32_t place;  /* the next one */
    bool behind;     /* a record that is the next image's own was met */
    struct loose *loose;
    size_t loose_count, loose_room;
};

static int is_damaged(uint64_t offset, const char *what, struct xr_error *err)
{
    return error_at(err, EBADMSG, offset, "%s", what);
}

static int add_loose(struct scan *s, uint64_t number, uint8_t before,
                     struct xr_error *err)
{
    size_t room = s->loose_room ? 2 * s->loose_room : 1024;
    struct loose *more;

    if (s->loose_count == s->loose_room) {
        more = reallocarray(s->loose, room, sizeof(*more));
        if (!more)
            return error_set(err, ENOMEM, "out of memory");
        s->loose = more;
        s->loose_room = room;
    }
    s->loose[s->loose_count++] = (struct loose){ number, before };
    return 0;
}

/* Of a page that has two places one counts; the other one is left over. */
static int scan_entry(struct scan *s, uint64_t entry, struct xr_error *err)
{
    uint64_t number = entry & PAGE_NUMBER_MASK;
    struct page_state *page;
    int r = page_map_at(&s->layout->map, number, &page, err);
    uint8_t before;

    if (r)
        return r;
    if (number >= s->layout->covered)
        s->layout->covered = number + 1;
    if (page->place != PAGE_NO_PLACE)
        s->layout->left_over++;
    before = page->filed;
    page->filed = (uint8_t)page_type(entry);
    page->place = page_has_data(entry) ? s->place++ : PAGE_NO_PLACE;
    return page->place == PAGE_NO_PLACE ? add_loose(s, number, before, err)
                                        : 0;
}

/*
 * What the next image does not take over says nothing about its pages: what
 * stands before it counts again.
 */
static int forget_loose(struct scan *s, struct xr_error *err)
{
    struct page_state *page;
    int r = 0;

    while (!r && s->loose_count) {
        const struct loose *last = &s->loose[--s->loose_count];

        r = page_map_at(&s->layout->map, last->number, &page, err);
        if (!r)
            page->filed = last->before;
    }
    return r;
}

static int scan_entries(struct scan *s, uint32_t count, struct xr_error *err)
{
    uint32_t done = 0, n, i;
    const uint8_t *list;
    int r = 0;

    for (; !r && done < count; done += n) {
        n = count - done < ENTRIES_AT_ONCE ? count - done : ENTRIES_AT_ONCE;
        r = walk_view(&s->walk, PAGE_LIST_OFFSET + done * PAGE_ENTRY_SIZE,
                      (size_t)n * PAGE_ENTRY_SIZE, &list, err);
        for (i = 0; !r && i < n; i++)
            r = scan_entry(s, load_le64(list + (size_t)i * PAGE_ENTRY_SIZE),
                           err);
    }
    return r;
}

/* The places of one record. */
static int scan_batch(struct scan *s, uint32_t count, struct xr_error *err)
{
    uint64_t list = PAGE_LIST_OFFSET + (uint64_t)count * PAGE_ENTRY_SIZE;
    uint64_t pages = (s->walk.event.length - list) / PAGE_SIZE_BYTES;
    const struct batch batch = {
        .entries_at = s->walk.body + PAGE_LIST_OFFSET,
        .entries = count,
    };
    uint32_t before = s->place;
    int r = 0;

    if (pages && ((s->walk.body + list) % PAGE_SIZE_BYTES || s->behind))
        return error_at(err, EINVAL, s->walk.event.offset, "it is not flat");
    if (pages)
        r = flat_layout_add(s->layout, &batch, s->walk.body + list,
                            (uint32_t)pages, err);
    if (!r)
        r = scan_entries(s, count, err);
    if (!r && (s->place - before != pages
               || list + pages * PAGE_SIZE_BYTES != s->walk.event.length))
        r = is_damaged(s->walk.event.offset, "the data of a PAGE_DATA record "
                       "has a wrong length", err);
    if (pages) {
        s->layout->pages_end = s->walk.body + s->walk.event.length;
        s->loose_count = 0;
    }
    return r;
}

static int scan_pages(struct scan *s, struct xr_error *err)
{
    uint32_t length = s->walk.event.length, count;
    const uint8_t *head;
    int r;

    if (!s->layout->pages_begin)
        return error_at(err, EINVAL, s->walk.event.offset, "it is not flat");
    if (length < PAGE_LIST_OFFSET)
        return is_damaged(s->walk.event.offset, "a PAGE_DATA record without "
                          "a list", err);
    r = walk_view(&s->walk, 0, PAGE_LIST_OFFSET, &head, err);
    if (r)
        return r;
    count = load_le32(head);
    if (count > (length - PAGE_LIST_OFFSET) / PAGE_ENTRY_SIZE)
        return is_damaged(s->walk.event.offset, "a PAGE_DATA record with more "
                          "entries than it has room for", err);
    return scan_batch(s, count, err);
}

/*
 * What stands between pages_begin and pages_end the next image takes over.  So
 * a record of the head puts an end to a padding before it, and behind all
 * others there are no pages.
 */
static void scan_other(struct scan *s)
{
    if (s->layout->covered)
        s->behind = true;
    else
        s->layout->pages_begin = 0;
}

static int scan_event(struct scan *s, struct xr_error *err)
{
    const struct stream_event *event = &s->walk.event;
    int r = walk_find_record(&s->walk, &s->finder, err);

    if (r || event->kind != STREAM_EVENT_RECORD
        || event->layer != STREAM_LIBXC)
        return r;
    if (event->type == LIBXC_REC_PAGE_DATA)
        return scan_pages(s, err);
    if (event->type != PADDING_TYPE)
        scan_other(s);
    else if (!s->layout->pages_begin)
        s->layout->pages_begin = s->walk.body
                                 + libxc_padded_length(event->length);
    return 0;
}

static int scan_records(struct scan *s, struct xr_error *err)
{
    int r;

    do {
        r = walk_next(&s->walk, err);
        if (!r)
            r = scan_event(s, err);
    } while (!r && s->walk.event.kind != STREAM_EVENT_END);
    if (!r && !s->layout->table.pages)
        r = error_set(err, EINVAL, "it is not flat");
    return r == -ENODATA ? error_within(err, err->reason, "it is cut off") : r;
}

static bool same_extents(const struct digest_table *a,
                         const struct digest_table *b)
{
    size_t i;

    if (a->extent_count != b->extent_count)
        return false;
    for (i = 0; i < a->extent_count; i++)
        if (a->extents[i].offset != b->extents[i].offset
            || a->extents[i].pages != b->extents[i].pages)
            return false;
    return true;
}

static int find_seal(struct scan *s, struct seal *out, struct xr_error *err)
{
    uint64_t end = s->walk.stream.offset;
    const uint8_t *bytes;
    size_t n;
    int r = reader_available(&s->walk.reader, end, SEAL_SIZE, &n, err);

    if (r)
        return r;
    if (n < SEAL_SIZE)
        return error_at(err, ENOENT, end, "it has no seal");
    r = reader_view(&s->walk.reader, end, SEAL_SIZE, &bytes, err);
    if (!r)
        r = seal_decode(bytes, end, out, err);
    if (!r && out->version != SEAL_OF_PAGES)
        r = error_at(err, ENOENT, end, "its seal has no digests of pages");
    if (!r && out->length != end)
        r = is_damaged(end, "its seal is another image's", err);
    return r;
}

/* What is no page. */
static int check_gaps(int fd, const struct digest_table *table,
                      struct xr_error *err)
{
    uint8_t expected[SEAL_DIGEST_SIZE];
    uint64_t from, end;
    struct seal found;
    size_t i;
    int r = 0;

    for (i = 0; !r && i <= table->extent_count; i++) {
        from = digest_table_gap(table, i, &end);
        r = digest_table_read_gap(fd, 0, table, i, expected, err);
        if (!r)
            r = digest_file(fd, from, end - from, NULL, &found, err);
        if (!r && memcmp(found.digest, expected, sizeof(expected)))
            r = is_damaged(from, "it is damaged: what stands beside its pages "
                           "is not what was sealed", err);
    }
    return r;
}

/* From the table: its secret, and the digests of what is at the places. */
static int take_table(struct scan *s, struct xr_error *err)
{
    CLEANUP_DIGEST_TABLE struct digest_table table = { .extents = NULL };
    struct flat_layout *l = s->layout;
    struct seal seal = { .length = 0 };
    int r = find_seal(s, &seal, err);

    if (!r)
        r = digest_table_read(s->walk.reader.fd, 0, &seal, &table, err);
    if (!r && !same_extents(&table, &l->table))
        r = is_damaged(seal.length, "the seal's table has its pages where "
                       "the image has none", err);
    if (!r)
        r = check_gaps(s->walk.reader.fd, &table, err);
    if (r)
        return r;
    cleanup_free(&l->digests);
    l->digests = NULL;
    l->room = (size_t)table.pages;
    memcpy(l->table.secret, table.secret, SEAL_SECRET_SIZE);
    return digest_table_read_pages(s->walk.reader.fd, 0, &table, &l->digests,
                                   err);
}

static int take_uuid(const struct scan *s, char **out, struct xr_error *err)
{
    CLEANUP_KEYLIST struct keylist list = { 0 };
    const char *uuid = NULL;

    if (s->finder.found && !record_finder_read(&s->finder, NULL, &list, NULL))
        uuid = keylist_get(&list, "domain.uuid");
    *out = strdup(uuid ? uuid : "");
    return *out ? 0 : error_set(err, ENOMEM, "out of memory");
}

int flat_layout_read(int fd, struct flat_layout *out, char **uuid_out,
                     struct xr_error *err)
{
    CLEANUP_FREE struct scan *s = calloc(1, sizeof(*s));
    CLEANUP_FLAT_LAYOUT struct flat_layout layout = { .pages_begin = 0 };
    int r;

    if (!s)
        return error_set(err, ENOMEM, "out of memory");
    s->layout = &layout;
    record_finder_init(&s->finder);
    walk_open(&s->walk, fd);
    r = scan_records(s, err);
    if (!r)
        r = forget_loose(s, err);
    free(s->loose);
    if (!r)
        r = take_table(s, err);
    if (!r)
        r = take_uuid(s, uuid_out, err);
    if (r)
        return r;
    *out = layout;
    layout = (struct flat_layout){ .pages_begin = 0 };
    return 0;
}
