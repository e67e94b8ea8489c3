/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Finds the metadata record of a save image, as a push parser.  It is told of
 * every event of format/stream.h, wants the body of a record that may be ours,
 * and then knows whether it is.
 *
 * The stop rule is FORMAT.md's: the first record with our type and magic
 * counts, if it stands before the first PAGE_DATA, CHECKPOINT or END of the
 * libxc stream, and is one of its first RECORD_FINDER_RECORDS_MAX records.
 * What is found may still be damaged: record_finder_read() says so.
 *
 * No memory is allocated; the structure is large, and does not belong on a
 * stack.
 */
#ifndef FORMAT_RECORD_FINDER_H
#define FORMAT_RECORD_FINDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "format/keylist.h"
#include "format/record.h"
#include "format/stream.h"
#include "util/error.h"

/* There are about ten before the first page; a hostile stream has more. */
enum { RECORD_FINDER_RECORDS_MAX = 1024 };

struct record_finder {
    unsigned int records; /* of libxc's stream, until now */
    bool over;            /* the place where ours may stand has passed */
    bool found;
    uint64_t offset;      /* of the record's header */
    uint32_t length;      /* of its body */
    uint32_t want;        /* how much of a body is still to be pushed */
    uint32_t have;
    uint8_t body[RECORD_BODY_MAX];
};

void record_finder_init(struct record_finder *f);

/*
 * Each event of the stream.  The body of the former one must have been pushed
 * as far as it was wanted; else that record is not taken for ours.
 */
void record_finder_event(struct record_finder *f,
                         const struct stream_event *event);

/* How many of the next bytes of the last event's body are to be pushed. */
size_t record_finder_wants(const struct record_finder *f);

/* In pieces of any size, of which none is longer than what is wanted. */
void record_finder_push(struct record_finder *f, const uint8_t *bytes,
                        size_t n);

/* Is the search at its end?  Nothing is wanted any more. */
bool record_finder_is_done(const struct record_finder *f);

/* Is the record that was found the one whose header stands there? */
bool record_finder_is_at(const struct record_finder *f, uint64_t offset);

/*
 * Fills the empty list *out with what the record says; *info_out may be NULL.
 * -ENOENT: none was found.  Else as record_decode(), with offsets that count
 * as those of the stream do.
 */
int record_finder_read(const struct record_finder *f,
                       struct record_info *info_out, struct keylist *out,
                       struct xr_error *err);

#endif
