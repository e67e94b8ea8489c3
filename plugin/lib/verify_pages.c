/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/verify_state.h"
#include "util/bytes.h"

enum { ENTRIES_AT_ONCE = 4096 };

/* Behind the list: whole pages, and for each entry one at most. */
static void check_room(struct verify *v, uint32_t count)
{
    uint64_t list = PAGE_LIST_OFFSET + (uint64_t)count * PAGE_ENTRY_SIZE;
    uint64_t data = v->walk.event.length - list;

    if (data % PAGE_SIZE_BYTES || data / PAGE_SIZE_BYTES > count)
        verify_blame(v, 0, "%u pages in a record of %u bytes: a wrong length",
                     count, v->walk.event.length);
    v->pages.with_data += data / PAGE_SIZE_BYTES;
}

/* The list of a record that is as long as it says. */
static int check_list(struct verify *v, uint32_t count, struct xr_error *err)
{
    uint64_t data_before = v->pages.with_data, done = 0, data;
    const uint8_t *list;
    const char *what;
    size_t n, at, from;
    int r;

    pages_begin(&v->pages);
    for (; done < count; done += n) {
        n = count - done < ENTRIES_AT_ONCE ? (size_t)(count - done)
                                           : ENTRIES_AT_ONCE;
        r = walk_view(&v->walk, (uint32_t)(PAGE_LIST_OFFSET
                                           + done * PAGE_ENTRY_SIZE),
                      n * PAGE_ENTRY_SIZE, &list, err);
        if (r)
            return r;
        for (from = 0; from < n; from += at + 1) {
            what = pages_check(&v->pages, list + from * PAGE_ENTRY_SIZE,
                               n - from, &at);
            if (!what)
                break;
            verify_blame(v, (uint32_t)(PAGE_LIST_OFFSET
                                       + (done + from + at)
                                         * PAGE_ENTRY_SIZE),
                         "%s: 0x%016llx", what, (unsigned long long)
                         load_le64(list + (from + at) * PAGE_ENTRY_SIZE));
        }
    }
    data = v->pages.with_data - data_before;
    if (v->walk.event.length != PAGE_LIST_OFFSET
        + (uint64_t)count * PAGE_ENTRY_SIZE + data * PAGE_SIZE_BYTES)
        verify_blame(v, 0, "%u pages, %llu of them with data, in a record of "
                     "%u bytes", count, (unsigned long long)data,
                     v->walk.event.length);
    return 0;
}

/* Grows at every power of two: a record takes more in the file than here. */
static int keep_place(struct verify *v, uint32_t count, struct xr_error *err)
{
    uint32_t list = PAGE_LIST_OFFSET + count * PAGE_ENTRY_SIZE;
    uint32_t pages = (v->walk.event.length - list) / PAGE_SIZE_BYTES;
    size_t n = v->place_count;
    struct page_place *more;

    if (!pages || !v->walk.reader.seekable)
        return 0;
    if (!(n & (n - 1))) {
        more = reallocarray(v->places, n ? 2 * n : 1, sizeof(*more));
        if (!more)
            return error_set(err, ENOMEM, "out of memory");
        v->places = more;
    }
    v->places[v->place_count++] = (struct page_place){
        .offset = v->walk.body + list,
        .pages = pages,
        .entries = count,
    };
    return 0;
}

int verify_pages(struct verify *v, struct xr_error *err)
{
    uint32_t length = v->walk.event.length, count;
    const uint8_t *head;
    int r;

    if (length < PAGE_LIST_OFFSET) {
        verify_blame(v, 0, "a PAGE_DATA record of %u bytes", length);
        return 0;
    }
    r = walk_view(&v->walk, 0, PAGE_LIST_OFFSET, &head, err);
    if (r)
        return r;
    if (load_le32(head + 4))
        verify_blame(v, 4, "reserved bytes of a PAGE_DATA record are set");
    count = load_le32(head);
    if (!count || count > (length - PAGE_LIST_OFFSET) / PAGE_ENTRY_SIZE) {
        verify_blame(v, 0, "%u pages in a PAGE_DATA record of %u bytes",
                     count, length);
        return 0;
    }
    r = keep_place(v, count, err);
    if (r)
        return r;
    if (v->options->structure) {
        check_room(v, count);
        return 0;
    }
    return check_list(v, count, err);
}
