/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The end of a flat image, when the last that each page was is known:
 *
 *   - entries in the lists get the types that their pages have in the end;
 *   - a place whose page is no longer the guest's gets another page of it, once
 *     more: for an entry with data a restore takes memory, and there is none;
 *   - entries of pages that have no data, and had in the file, stand behind the
 *     pages;
 *   - what else the stream had comes behind that, and the seal.
 */
#include "config.h"

#include "lib/flat_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "format/pages.h"
#include "lib/digest.h"
#include "lib/record_rewrite.h"
#include "util/bytes.h"
#include "util/cleanup.h"
#include "util/io.h"

enum { BATCH_MAX = 1024 };

/* A page that may stand at a second place. */
struct stand_in {
    bool found;
    uint64_t entry;
    uint32_t place;
};

struct closing {
    struct flat_writer *w;
    uint8_t *live;      /* a bit for each place: it is its page's */
    uint8_t *rewrite;   /* a bit for each extent: some entry is to change */
    struct stand_in stand_in;
    uint64_t entries[BATCH_MAX];
    uint32_t entry_count;
    struct xr_error *err;
};

static void set_bit(uint8_t *bits, uint64_t i)
{
    bits[i / 8] |= (uint8_t)(1 << i % 8);
}

static bool has_bit(const uint8_t *bits, uint64_t i)
{
    return bits[i / 8] & (1 << i % 8);
}

/* PAGE_UNSEEN is more than any type. */
static bool has_wanted_data(const struct page_state *page)
{
    return page->wanted < PAGE_BROKEN;
}

static bool is_zero_page(const struct flat_writer *w, uint32_t place)
{
    return !memcmp(w->layout.digests[place], w->zero_digest,
                   SEAL_DIGEST_SIZE);
}

/* Best is a page of zeros, which costs nothing. */
static void consider(struct closing *c, uint64_t number,
                     const struct page_state *page)
{
    struct stand_in *s = &c->stand_in;

    if (page->wanted != PAGE_NOTAB
        || (s->found && (is_zero_page(c->w, s->place)
                         || !is_zero_page(c->w, page->place))))
        return;
    *s = (struct stand_in){
        .found = true,
        .entry = number,
        .place = page->place,
    };
}

static int judge_page(void *data, uint64_t number, struct page_state *page)
{
    struct closing *c = data;
    size_t extent;

    if (page->place == PAGE_NO_PLACE || !has_wanted_data(page))
        return 0;
    (void)flat_layout_place(&c->w->layout, page->place, &extent);
    set_bit(c->live, page->place);
    if (page->filed != page->wanted)
        set_bit(c->rewrite, extent);
    consider(c, number, page);
    c->w->outcome.pages++;
    return 0;
}

/*
 * Of the pages whose places are to be another's, and which have no other
 * entry.
 */
static bool needs_entry(const struct flat_writer *w,
                        const struct page_state *page)
{
    uint8_t wanted = page->wanted == PAGE_UNSEEN ? PAGE_XTAB : page->wanted;

    if (wanted == PAGE_XTAB && page->filed == PAGE_UNSEEN
        && !flat_is_told_absent(w))
        return false;
    return wanted >= PAGE_BROKEN && wanted != page->filed
           && (page->wanted != PAGE_UNSEEN || page->place != PAGE_NO_PLACE);
}

static int flush_entries(struct closing *c)
{
    int r = c->entry_count ? flat_put_batch(c->w, c->entries, c->entry_count,
                                            0, c->err) : 0;

    c->entry_count = 0;
    return r;
}

static int put_entry(void *data, uint64_t number, struct page_state *page)
{
    struct closing *c = data;
    uint64_t type = page->wanted == PAGE_UNSEEN ? PAGE_XTAB : page->wanted;

    if (!needs_entry(c->w, page))
        return 0;
    c->entries[c->entry_count++] = number | type << 60;
    return c->entry_count == BATCH_MAX ? flush_entries(c) : 0;
}

static int read_out(const struct closing *c, uint64_t at, void *out, size_t n)
{
    ssize_t got = pread_full(c->w->order.out, out, n, (off_t)at);

    if (got < 0)
        return error_system(c->err, (int)-got, "cannot read what was written");
    return (size_t)got == n ? 0
           : error_at(c->err, EIO, at + (uint64_t)got, "what was written is "
                      "not there");
}

/* The contents of the one at the other place, too. */
static int stand_in_at(struct closing *c, const struct stand_in *from,
                     uint32_t place)
{
    struct flat_writer *w = c->w;
    uint64_t offset = flat_layout_place(&w->layout, place, NULL);
    uint8_t page[PAGE_SIZE_BYTES];
    int r;

    if (!memcmp(w->layout.digests[place], w->layout.digests[from->place],
                SEAL_DIGEST_SIZE))
        return 0;
    memcpy(w->layout.digests[place], w->layout.digests[from->place],
           SEAL_DIGEST_SIZE);
    r = flat_mark_changed(w, place, c->err);
    if (!r && is_zero_page(w, place))
        return flat_output_zero(&w->output, offset, PAGE_SIZE_BYTES, c->err);
    if (!r)
        r = read_out(c, flat_layout_place(&w->layout, from->place, NULL),
                     page, sizeof(page));
    return r ? r : flat_output_write(&w->output, offset, page, sizeof(page),
                                     c->err);
}

/*
 * One entry with data, as it is to be.  Of a guest without a single ordinary
 * page there is none that could stand in.
 */
static int settle_entry(struct closing *c, uint32_t place, uint64_t *entry)
{
    const struct stand_in *s = &c->stand_in;
    struct page_state *page;
    int r;

    if (has_bit(c->live, place)) {
        r = page_map_at(&c->w->layout.map, *entry & PAGE_NUMBER_MASK, &page,
                        c->err);
        if (!r)
            *entry = (*entry & PAGE_NUMBER_MASK)
                     | (uint64_t)page->wanted << 60;
        return r;
    }
    if (!s->found)
        return 0;
    *entry = s->entry;
    return stand_in_at(c, s, place);
}

static int settle_list(struct closing *c, size_t extent, uint8_t *list,
                       bool *changed_out)
{
    uint32_t place = (uint32_t)c->w->layout.table.extents[extent].first;
    uint32_t i;
    int r = 0;

    for (i = 0; !r && i < c->w->layout.batches[extent].entries; i++) {
        uint8_t *at = list + (size_t)i * PAGE_ENTRY_SIZE;
        uint64_t entry = load_le64(at);

        if (!page_has_data(entry))
            continue;
        r = settle_entry(c, place++, &entry);
        *changed_out = *changed_out || load_le64(at) != entry;
        store_le64(at, entry);
    }
    return r;
}

static int settle_extent(struct closing *c, size_t extent)
{
    const struct batch *batch = &c->w->layout.batches[extent];
    size_t n = (size_t)batch->entries * PAGE_ENTRY_SIZE;
    CLEANUP_FREE uint8_t *list = malloc(n);
    bool changed = false;
    int r;

    if (!list)
        return error_set(c->err, ENOMEM, "out of memory");
    r = read_out(c, batch->entries_at, list, n);
    if (!r)
        r = settle_list(c, extent, list, &changed);
    return r || !changed ? r
           : flat_output_write(&c->w->output, batch->entries_at, list, n,
                               c->err);
}

/* Does an extent have places that are nobody's? */
static bool has_gone(const struct closing *c, size_t extent)
{
    const struct extent *e = &c->w->layout.table.extents[extent];
    uint64_t i;

    for (i = e->first; i < e->first + e->pages; i++)
        if (!has_bit(c->live, i))
            return true;
    return false;
}

static int settle_extents(struct closing *c)
{
    size_t i;
    int r = 0;

    for (i = 0; !r && i < c->w->layout.table.extent_count; i++)
        if (has_bit(c->rewrite, i) || has_gone(c, i))
            r = settle_extent(c, i);
    return r;
}

static int close_pages(struct flat_writer *w, struct xr_error *err)
{
    const struct digest_table *t = &w->layout.table;
    CLEANUP_FREE uint8_t *live = calloc(1, (size_t)t->pages / 8 + 1);
    CLEANUP_FREE uint8_t *rewrite = calloc(1, t->extent_count / 8 + 1);
    CLEANUP_FREE struct closing *c = calloc(1, sizeof(*c));
    int r;

    if (!live || !rewrite || !c)
        return error_set(err, ENOMEM, "out of memory");
    c->w = w;
    c->live = live;
    c->rewrite = rewrite;
    c->err = err;
    r = page_map_each(&w->layout.map, judge_page, c);
    if (!r)
        r = settle_extents(c);
    if (!r)
        r = page_map_each(&w->layout.map, put_entry, c);
    return r ? r : flush_entries(c);
}

static int write_tail(struct flat_writer *w, struct xr_error *err)
{
    uint64_t end = w->layout.pages_end + w->tail.length;
    int r = flat_output_write(&w->output, w->layout.pages_end, w->tail.data,
                              w->tail.length, err);

    w->layout.table.length = end;
    w->outcome.bytes = end;
    if (!r && ftruncate(w->order.out, (off_t)end))
        r = error_system(err, errno, "the image cannot be written");
    return r;
}

static int digest_gaps(const struct flat_writer *w,
                       uint8_t (*gaps)[SEAL_DIGEST_SIZE], struct xr_error *err)
{
    const struct digest_table *t = &w->layout.table;
    uint64_t from, end;
    struct seal found;
    size_t i;
    int r = 0;

    for (i = 0; !r && i <= t->extent_count; i++) {
        from = digest_table_gap(t, i, &end);
        r = digest_file(w->order.out, from, end - from, NULL, &found, err);
        if (!r)
            memcpy(gaps[i], found.digest, SEAL_DIGEST_SIZE);
    }
    return r;
}

static int write_seal(struct flat_writer *w, struct xr_error *err)
{
    const struct digest_table *t = &w->layout.table;
    CLEANUP_FREE uint8_t (*gaps)[SEAL_DIGEST_SIZE] =
        calloc(t->extent_count + 1, sizeof(*gaps));
    const struct digests digests = { w->layout.digests, gaps };
    struct seal seal;
    int r;

    if (!gaps)
        return error_set(err, ENOMEM, "out of memory");
    r = digest_gaps(w, gaps, err);
    if (!r)
        r = digest_table_write(w->order.out, t, &digests, &seal, err);
    if (!r)
        w->outcome.bytes = digest_table_end(t);
    return r;
}

static void count_places(struct flat_writer *w)
{
    uint32_t place, places = (uint32_t)w->layout.table.pages;

    for (place = 0; place < places; place++) {
        if (is_marked_changed(w, place))
            w->outcome.pages_changed++;
        else if (!is_zero_page(w, place))
            w->outcome.bytes_shared += PAGE_SIZE_BYTES;
    }
    w->outcome.bytes_written = w->output.written;
}

void flat_writer_set_keys(struct flat_writer *w, const struct keylist *keys)
{
    w->keys = keys;
}

int flat_writer_close(struct flat_writer *w, struct flat_outcome *out,
                      struct xr_error *err)
{
    int r = 0;

    if (w->keys)
        r = record_rewrite_file(w->order.out, w->keys, err);
    if (!r)
        r = close_pages(w, err);
    if (!r)
        r = write_tail(w, err);
    if (!r && w->order.seal)
        r = write_seal(w, err);
    if (r)
        return r;
    count_places(w);
    *out = w->outcome;
    return 0;
}
