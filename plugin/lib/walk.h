/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A walk through a save image, event by event (format/stream.h), over a file
 * or a pipe.  Between two events the body of the last one may be read, in part
 * or whole; what is not read is hopped over.
 */
#ifndef LIB_WALK_H
#define LIB_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "format/record_finder.h"
#include "format/stream.h"
#include "lib/reader.h"
#include "util/error.h"

struct walk {
    struct reader reader;
    struct stream stream;
    struct stream_event event; /* the last one */
    uint64_t body;             /* where its body begins */
    bool padding_set;          /* the padding before it is not all zeros */
};

void walk_open(struct walk *w, int fd);

/*
 * To the next event, which is in w->event; the last one is END.  -ENOEXEC: no
 * save image, and what it is instead; else as stream_push() and reader_view().
 */
int walk_next(struct walk *w, struct xr_error *err);

/* n bytes of the last event's body, from its byte at on; see reader_view. */
int walk_view(struct walk *w, uint32_t at, size_t n, const uint8_t **out,
              struct xr_error *err);

/* Tells the finder of the last event, with what it wants of the body. */
int walk_find_record(struct walk *w, struct record_finder *finder,
                     struct xr_error *err);

/* The whole text of a TEXT event, with a NUL, to be freed. */
int walk_text(struct walk *w, char **out, struct xr_error *err);

#endif
