/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "format/record_finder.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

/* Not the body: it is large, and nothing of it is valid. */
void record_finder_init(struct record_finder *f)
{
    memset(f, 0, offsetof(struct record_finder, body));
}

/* Does the place where the record may stand end with this event? */
static bool ends_here(struct record_finder *f,
                      const struct stream_event *event)
{
    if (event->kind == STREAM_EVENT_END)
        return true;
    if (event->kind != STREAM_EVENT_RECORD || event->layer != STREAM_LIBXC)
        return false;
    return event->type == LIBXC_REC_PAGE_DATA
           || event->type == LIBXC_REC_CHECKPOINT
           || event->type == LIBXC_REC_END
           || f->records++ == RECORD_FINDER_RECORDS_MAX;
}

void record_finder_event(struct record_finder *f,
                         const struct stream_event *event)
{
    f->want = 0;
    if (f->over)
        return;
    f->over = ends_here(f, event);
    if (f->over || f->found || event->kind != STREAM_EVENT_RECORD
        || event->layer != STREAM_LIBXC || event->type != RECORD_TYPE)
        return;
    f->offset = event->offset;
    f->length = event->length;
    f->have = 0;
    f->want = event->length < RECORD_BODY_MAX ? event->length
                                              : RECORD_BODY_MAX;
}

size_t record_finder_wants(const struct record_finder *f)
{
    return f->want;
}

void record_finder_push(struct record_finder *f, const uint8_t *bytes,
                        size_t n)
{
    assert(n <= f->want);
    memcpy(f->body + f->have, bytes, n);
    f->have += (uint32_t)n;
    f->want -= (uint32_t)n;
    if (!f->want)
        f->found = record_is_ours(RECORD_TYPE, f->body, f->have);
}

bool record_finder_is_done(const struct record_finder *f)
{
    return f->over || f->found;
}

bool record_finder_is_at(const struct record_finder *f, uint64_t offset)
{
    return f->found && f->offset == offset;
}

int record_finder_read(const struct record_finder *f,
                       struct record_info *info_out, struct keylist *out,
                       struct xr_error *err)
{
    int r;

    if (!f->found)
        return error_set(err, ENOENT, "none before the first page");
    /* One that is too long is refused by its length; its end is not here. */
    r = record_decode(f->body, f->length, info_out, out, err);
    if (r && err && err->offset != XR_NO_OFFSET)
        err->offset += f->offset + LIBXC_RECORD_HEADER_SIZE;
    return r;
}
