/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the writer of flat images knows while it writes: flat_writer.c follows
 * the stream, flat_pages.c takes the pages, flat_close.c writes what comes at
 * the end.
 */
#ifndef LIB_FLAT_STATE_H
#define LIB_FLAT_STATE_H

#include "format/stream.h"
#include "lib/flat_output.h"
#include "lib/flat_writer.h"
#include "lib/reader.h"

struct flat_writer {
    struct flat_order order;
    const struct keylist *keys; /* of the record, to be set anew; or NULL */
    struct reader reader;
    struct stream stream;
    struct flat_output output;
    struct flat_layout layout;
    struct flat_outcome outcome;
    bool shares;          /* the file began as a copy of the parent */
    bool in_pages;        /* the head is written */
    uint64_t pages_limit; /* a PV guest has pages below this; 0: not known */
    struct buffer head;   /* everything before the first pages */
    struct buffer tail;   /* everything else that is no page */
    uint8_t *changed;     /* a bit for each place: written */
    size_t changed_room;  /* in bytes */
    uint64_t *entries;    /* of the record at hand */
    uint32_t *places;     /* where its pages go */
    size_t entries_room;
    uint8_t zero_digest[SEAL_DIGEST_SIZE];
};

static inline bool is_marked_changed(const struct flat_writer *w,
                                     uint64_t place)
{
    return place / 8 < w->changed_room
           && w->changed[place / 8] & (1 << place % 8);
}

/*
 * Must an entry say of a page that it is not there, where no other one says
 * that it is?  A restore of a PVH or HVM guest has no use for that, and libxc
 * sends nearly a million of them: from the end of memory to that of the first
 * 4 GiB.
 */
static inline bool flat_is_told_absent(const struct flat_writer *w)
{
    return w->stream.domain.type != LIBXC_DOMAIN_X86_HVM;
}

/* It is so; room for it is made. */
int flat_mark_changed(struct flat_writer *w, uint64_t place,
                      struct xr_error *err);

/* A PAGE_DATA record of the stream (flat_pages.c). */
int flat_take_pages(struct flat_writer *w, const struct stream_event *event,
                    struct xr_error *err);

/*
 * A PAGE_DATA record behind the last one: so many entries, and room for the
 * pages of those that have data, which are new places.
 */
int flat_put_batch(struct flat_writer *w, const uint64_t *entries,
                   uint32_t count, uint32_t pages, struct xr_error *err);

#endif
