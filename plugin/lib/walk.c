/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "lib/walk.h"

#include <assert.h>
#include <errno.h>

#include "format/foreign.h"

void walk_open(struct walk *w, int fd)
{
    reader_open(&w->reader, fd);
    stream_init(&w->stream);
    w->event = (struct stream_event){ .kind = STREAM_EVENT_NONE };
    w->body = 0;
    w->padding_set = false;
}

/* How much of what lies before the next piece is the last record's padding. */
static size_t walk_padding(const struct walk *w)
{
    if (w->event.kind != STREAM_EVENT_RECORD)
        return 0;
    return (size_t)(libxc_padded_length(w->event.length) - w->event.length);
}

/* Padding and the next piece, in one go. */
static int next_piece(struct walk *w, const uint8_t **out,
                      struct xr_error *err)
{
    size_t before = walk_padding(w), i;
    int r = reader_view(&w->reader, w->stream.offset - before,
                        before + stream_needs(&w->stream), out, err);

    if (r)
        return r;
    w->padding_set = false;
    for (i = 0; i < before; i++)
        if ((*out)[i])
            w->padding_set = true;
    *out += before;
    return 0;
}

/* The first bytes are no image's. */
static int walk_refuse(struct walk *w, int code, struct xr_error *err)
{
    const uint8_t *head = NULL;
    const char *name;
    size_t n = 0;
    int r = reader_available(&w->reader, 0, FOREIGN_HEAD_SIZE, &n, err);

    if (!r && n)
        r = reader_view(&w->reader, 0, n, &head, err);
    if (r)
        return r;
    name = n ? foreign_name(head, n) : "an empty file";
    if (name)
        return error_set(err, ENOEXEC, "not a save image, but %s", name);
    if (code == ENODATA && container_is_begun(head, n))
        return error_set(err, ENOEXEC, "not a save image: it has only %zu "
                         "bytes", n);
    return error_at(err, ENOEXEC, 0,
                    "not a save image of xl, libvirt, libxl or libxc");
}

static bool is_unknown(const struct walk *w)
{
    return w->stream.state == STREAM_AT_MAGIC
           || w->stream.state == STREAM_AT_LEGACY;
}

int walk_next(struct walk *w, struct xr_error *err)
{
    struct stream_event event = { .kind = STREAM_EVENT_NONE };
    const uint8_t *piece;
    int r;

    do {
        r = next_piece(w, &piece, err);
        if (!r)
            r = stream_push(&w->stream, piece, &event, err);
        if ((r == -ENOEXEC || r == -ENODATA) && is_unknown(w))
            return walk_refuse(w, -r, err);
        if (r)
            return r;
        w->event.kind = STREAM_EVENT_NONE;
    } while (event.kind == STREAM_EVENT_NONE);
    w->event = event;
    w->body = event.offset;
    if (event.kind == STREAM_EVENT_RECORD)
        w->body += LIBXC_RECORD_HEADER_SIZE;
    return 0;
}

int walk_view(struct walk *w, uint32_t at, size_t n, const uint8_t **out,
              struct xr_error *err)
{
    assert(at <= w->event.length && n <= w->event.length - at);
    return reader_view(&w->reader, w->body + at, n, out, err);
}

int walk_find_record(struct walk *w, struct record_finder *finder,
                     struct xr_error *err)
{
    const uint8_t *bytes;
    uint32_t at = 0;
    size_t n;
    int r = 0;

    record_finder_event(finder, &w->event);
    for (; !r && (n = record_finder_wants(finder)); at += (uint32_t)n) {
        n = n < READER_VIEW_MAX ? n : READER_VIEW_MAX;
        r = walk_view(w, at, n, &bytes, err);
        if (!r)
            record_finder_push(finder, bytes, n);
    }
    return r;
}

int walk_text(struct walk *w, char **out, struct xr_error *err)
{
    return reader_text(&w->reader, w->event.offset, w->event.length,
                       CONTAINER_TEXT_MAX, out, err);
}
