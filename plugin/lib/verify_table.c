/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The seal of a flat image, with a digest of each page: does its table say what was
 * found on the walk, and is each page what was sealed?
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>

#include "lib/digest_check.h"
#include "lib/verify_state.h"
#include "util/bytes.h"
#include "util/io.h"

enum { ENTRIES_AT_ONCE = 512 };

/* A pipe does not go back to the pages when their secret is known. */
static int check_piped(struct verify *v)
{
    if (!v->options->structure)
        verify_doubt(v, ENOTSUP, v->result->bytes, "the seal of a flat image "
                     "can be checked in a file only, not in a pipe");
    return 0;
}

static int blame_table(struct verify *v, int r, struct xr_error *err)
{
    if (r == -E2BIG) {
        verify_doubt(v, E2BIG, err->offset, "a seal of %s", err->message);
        return 0;
    }
    if (r != -EBADMSG)
        return r;
    v->result->seal = SEAL_MISMATCH;
    problems_add(verify_problems(v), err->offset, "%s", err->message);
    return 0;
}

/* Every page of a PAGE_DATA record stands in an extent, and nothing else does. */
static bool check_extents(struct verify *v, const struct digest_table *t)
{
    size_t i, n = t->extent_count < v->place_count ? t->extent_count
                                                   : v->place_count;

    for (i = 0; i < n; i++)
        if (t->extents[i].offset != v->places[i].offset
            || t->extents[i].pages != v->places[i].pages)
            break;
    if (i == t->extent_count && i == v->place_count)
        return true;
    v->result->seal = SEAL_MISMATCH;
    problems_add(verify_problems(v), digest_table_extent_at(t, i),
                 "extent %zu of the seal's table is not where the image has "
                 "pages", i);
    return false;
}

/* The entry of the page that has the place-th data of a record; *out stays as it is
   if there is none, for the entries are damaged, too. */
static int find_entry(struct verify *v, const struct page_place *of,
                       uint64_t place, uint64_t *out, struct xr_error *err)
{
    const struct reader *reader = &v->walk.reader;
    uint64_t at = reader->start + of->offset
                  - (uint64_t)of->entries * PAGE_ENTRY_SIZE;
    uint8_t bytes[ENTRIES_AT_ONCE * PAGE_ENTRY_SIZE];
    uint64_t entry;
    uint32_t i, n;
    ssize_t got;

    for (i = 0; i < of->entries; i++) {
        n = i % ENTRIES_AT_ONCE;
        if (!n) {
            got = pread_full(reader->fd, bytes, sizeof(bytes), (off_t)
                             (at + (uint64_t)i * PAGE_ENTRY_SIZE));
            if (got < 0)
                return error_system(err, (int)-got, "cannot read");
            if ((size_t)got < sizeof(bytes))
                break;
        }
        entry = load_le64(bytes + (size_t)n * PAGE_ENTRY_SIZE);
        if (page_has_data(entry) && !place--) {
            *out = entry;
            return 0;
        }
    }
    return 0;
}

static int blame_page(struct verify *v, const struct damage *damage,
                      struct xr_error *err)
{
    uint64_t entry = UINT64_MAX;
    int r = find_entry(v, &v->places[damage->extent], damage->page, &entry,
                        err);

    if (r)
        return r;
    if (entry == UINT64_MAX)
        problems_add(verify_problems(v), damage->offset,
                     "a page is not what was sealed");
    else
        problems_add(verify_problems(v), damage->offset, "page 0x%" PRIx64
                     " is not what was sealed", entry & PAGE_NUMBER_MASK);
    return 0;
}

static int blame_damages(struct verify *v, const struct damages *damages,
                         struct xr_error *err)
{
    const struct damage *d;
    size_t i;
    int r = 0;

    for (i = 0; !r && i < damages->count; i++) {
        d = &damages->items[i];
        if (d->is_page)
            r = blame_page(v, d, err);
        else
            problems_add(verify_problems(v), d->offset, "some of the bytes %"
                         PRIu64 " to %" PRIu64 ", which are no page's, are "
                         "not what was sealed", d->offset,
                         d->offset + d->length - 1);
    }
    verify_problems(v)->found += damages->found - damages->count;
    return r;
}

static int check_digests(struct verify *v, const struct digest_table *t,
                         struct xr_error *err)
{
    const struct reader *reader = &v->walk.reader;
    struct damages damages;
    int r = digest_check(reader->fd, reader->start, !v->options->offset_stays,
                         t, digest_check_threads(), v->options->listener,
                         &damages, err);

    if (r)
        return r;
    v->result->seal = damages.found ? SEAL_MISMATCH : SEAL_MATCH;
    return blame_damages(v, &damages, err);
}

int verify_table(struct verify *v, const struct seal *seal,
                 struct xr_error *err)
{
    CLEANUP_DIGEST_TABLE struct digest_table t = { .length = 0 };
    const struct reader *reader = &v->walk.reader;
    bool structure = v->options->structure;
    int r;

    v->result->seal = SEAL_NOT_CHECKED;
    if (!reader->seekable)
        return check_piped(v);
    r = structure ? digest_table_read_extents(reader->fd, reader->start, seal,
                                              &t, err)
                  : digest_table_read(reader->fd, reader->start, seal, &t,
                                      err);
    if (r)
        return blame_table(v, r, err);
    if (!check_extents(v, &t) || structure)
        return 0;
    return check_digests(v, &t, err);
}
