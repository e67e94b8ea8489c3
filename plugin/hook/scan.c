/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "hook/scan.h"

#include <errno.h>
#include <stdlib.h>

#include "format/record_finder.h"
#include "format/stream.h"
#include "hook/peek.h"
#include "util/cleanup.h"

struct scan {
    struct peek *peek;
    struct stream stream;
    struct record_finder finder;
    uint8_t chunk[4096];
};

/* As much of the body of what may be our record as is wanted. */
static int scan_wanted(struct scan *s, uint64_t at, struct xr_error *err)
{
    size_t n;
    int r = 0;

    for (; !r && (n = record_finder_wants(&s->finder)); at += n) {
        n = n < sizeof(s->chunk) ? n : sizeof(s->chunk);
        r = peek_at(s->peek, at - s->peek->start, s->chunk, n, err);
        if (!r)
            record_finder_push(&s->finder, s->chunk, n);
    }
    return r;
}

static int scan_piece(struct scan *s, struct xr_error *err)
{
    uint8_t piece[STREAM_NEEDS_MAX];
    struct stream_event event;
    int r;

    r = peek_at(s->peek, s->stream.offset - s->peek->start, piece,
                stream_needs(&s->stream), err);
    if (r)
        return r;
    r = stream_push(&s->stream, piece, &event, err);
    if (r)
        return r;
    record_finder_event(&s->finder, &event);
    return scan_wanted(s, event.offset + LIBXC_RECORD_HEADER_SIZE, err);
}

static int scan_stream(struct scan *s, struct keylist *out,
                       struct xr_error *err)
{
    int r = 0;

    stream_init_libxc(&s->stream, s->peek->start);
    record_finder_init(&s->finder);
    while (!r && !record_finder_is_done(&s->finder))
        r = scan_piece(s, err);
    return r ? r : record_finder_read(&s->finder, NULL, out, err);
}

int scan_for_record(int fd, struct keylist *out, struct xr_error *err)
{
    CLEANUP_PEEK struct peek peek;
    CLEANUP_FREE struct scan *scan = malloc(sizeof(*scan));
    int r;

    r = peek_begin(&peek, fd, err);
    if (r)
        return r;
    if (!scan)
        return error_set(err, ENOMEM, "out of memory");
    scan->peek = &peek;
    return scan_stream(scan, out, err);
}
