/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The pages of a record: which they are, where they lie, and, out of a pipe, the
 * pages themselves.
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "format/pages.h"
#include "lib/memory_state.h"
#include "util/bytes.h"
#include "util/cleanup.h"

enum {
    ENTRIES_AT_ONCE = 4096,
    PAGES_AT_ONCE = READER_VIEW_MAX / PAGE_SIZE_BYTES,
    /* Of a pipe's record: the list is kept.  Xen writes no more than 1,024. */
    LIST_MAX = 65536,
};

/* A record with its list, of which the first entry that is not taken yet. */
struct page_record {
    uint32_t count;
    uint32_t pages;   /* by its length */
    uint32_t taken;   /* pages */
    uint32_t place;   /* of the first; not of a spool */
};

static int uneven(const struct memory_reading *m, struct xr_error *err)
{
    return error_at(err, EINVAL, m->walk.event.offset, "the data of a "
                    "PAGE_DATA record has a wrong length");
}

static int spool_failed(int r, struct xr_error *err)
{
    return r ? error_system(err, -r, "the memory cannot be written") : 0;
}

/* A page of zeros is a hole; also where something was. */
static int spool_zeros(struct memory_reading *m, uint64_t number,
                       bool had_data, struct xr_error *err)
{
    if (!had_data || m->spool.fd < 0)
        return 0;
    return spool_failed(flat_output_zero(&m->spool, number * PAGE_SIZE_BYTES,
                                         PAGE_SIZE_BYTES, NULL), err);
}

static bool is_page_of_zeros(const uint8_t *page)
{
    return !page[0] && !memcmp(page, page + 1, PAGE_SIZE_BYTES - 1);
}

static int spool_page(struct memory_reading *m, uint64_t number,
                      const uint8_t *page, bool had_data,
                      struct xr_error *err)
{
    if (is_page_of_zeros(page))
        return spool_zeros(m, number, had_data, err);
    return spool_failed(flat_output_write(&m->spool, number * PAGE_SIZE_BYTES,
                                          page, PAGE_SIZE_BYTES, NULL), err);
}

/* The next page of the record, which is that of the entry. */
static int take_page_data(struct memory_reading *m, struct page_record *record,
                     uint64_t number, bool had_data, struct xr_error *err)
{
    uint32_t at = PAGE_LIST_OFFSET + record->count * PAGE_ENTRY_SIZE
                  + record->taken++ * PAGE_SIZE_BYTES;
    const uint8_t *page;
    int r;

    if (!m->spooling || m->spool.fd < 0)
        return 0;
    r = walk_view(&m->walk, at, PAGE_SIZE_BYTES, &page, err);
    return r ? r : spool_page(m, number, page, had_data, err);
}

static int take_entry(struct memory_reading *m, struct page_record *record,
                      uint64_t entry, struct xr_error *err)
{
    uint64_t number = entry & PAGE_NUMBER_MASK;
    bool had_data = false;
    int r;

    if (page_has_data(entry) && record->taken == record->pages)
        return uneven(m, err);
    r = memory_map_set(&m->image->map, number, page_type(entry),
                       m->spooling ? 0 : record->place + record->taken,
                       &had_data, err);
    if (r)
        return r;
    return page_has_data(entry)
           ? take_page_data(m, record, number, had_data, err) : 0;
}

/* The list of a file's record, a part at a time. */
static int take_page_list(struct memory_reading *m, struct page_record *record,
                     struct xr_error *err)
{
    uint32_t done = 0, n, i;
    const uint8_t *list;
    int r = 0;

    for (; !r && done < record->count; done += n) {
        n = record->count - done < ENTRIES_AT_ONCE ? record->count - done
                                                   : ENTRIES_AT_ONCE;
        r = walk_view(&m->walk, PAGE_LIST_OFFSET + done * PAGE_ENTRY_SIZE,
                      (size_t)n * PAGE_ENTRY_SIZE, &list, err);
        for (i = 0; !r && i < n; i++)
            r = take_entry(m, record,
                           load_le64(list + (size_t)i * PAGE_ENTRY_SIZE),
                           err);
    }
    return r;
}

/* Of a pipe the list is kept while the pages behind it are read. */
static int take_page_list_and_pages(struct memory_reading *m,
                               struct page_record *record,
                               struct xr_error *err)
{
    CLEANUP_FREE char *list = NULL;
    uint32_t i;
    int r;

    r = reader_text(&m->walk.reader, m->walk.body + PAGE_LIST_OFFSET,
                    (uint64_t)record->count * PAGE_ENTRY_SIZE,
                    (size_t)LIST_MAX * PAGE_ENTRY_SIZE, &list, err);
    for (i = 0; !r && i < record->count; i++)
        r = take_entry(m, record,
                       load_le64((const uint8_t *)list
                                 + (size_t)i * PAGE_ENTRY_SIZE), err);
    return r;
}

/* Where the file's pages of the record lie; a pipe's lie by their numbers. */
static int take_places(struct memory_reading *m, struct page_record *record,
                       struct xr_error *err)
{
    uint64_t list = PAGE_LIST_OFFSET
                    + (uint64_t)record->count * PAGE_ENTRY_SIZE;

    record->pages = (uint32_t)((m->walk.event.length - list)
                               / PAGE_SIZE_BYTES);
    if (list + (uint64_t)record->pages * PAGE_SIZE_BYTES
        != m->walk.event.length)
        return uneven(m, err);
    if (m->spooling || !record->pages)
        return 0;
    return memory_map_extend(&m->image->map,
                             m->image->start + m->walk.body + list,
                             record->pages, &record->place, err);
}

int memory_take_pages(struct memory_reading *m, struct xr_error *err)
{
    uint32_t length = m->walk.event.length;
    struct page_record record = { .count = 0 };
    const uint8_t *head;
    int r;

    if (length < PAGE_LIST_OFFSET)
        return error_at(err, EINVAL, m->walk.event.offset,
                        "a PAGE_DATA record of %u bytes", length);
    r = walk_view(&m->walk, 0, PAGE_LIST_OFFSET, &head, err);
    if (r)
        return r;
    record.count = load_le32(head);
    if (record.count > (length - PAGE_LIST_OFFSET) / PAGE_ENTRY_SIZE)
        return error_at(err, EINVAL, m->walk.event.offset, "%u pages in a "
                        "record of %u bytes", record.count, length);
    r = take_places(m, &record, err);
    if (!r)
        r = m->spooling ? take_page_list_and_pages(m, &record, err)
                        : take_page_list(m, &record, err);
    return r || record.taken == record.pages ? r : uneven(m, err);
}
