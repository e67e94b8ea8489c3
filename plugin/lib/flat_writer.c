/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Everything before the first page is gathered, for it decides where the pages
 * go; then pages go to their places, and everything else is kept for the end.
 */
#include "config.h"

#include "lib/flat_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "format/padding.h"
#include "format/pages.h"
#include "util/bytes.h"
#include "util/cleanup.h"

enum {
    SLACK = 2 * PAGE_SIZE_BYTES, /* for a later image's longer head */
    HEAD_MAX = 64 << 20,
    TAIL_MAX = 256 << 20,
    LEFT_OVER_PART = 2, /* of a parent's places may be left over */
    P2M_FRAMES_HEAD = 8, /* the first and the last page */
    P2M_LAST_AT = LIBXC_RECORD_HEADER_SIZE + 4,
};

static struct buffer *gathered(struct flat_writer *w)
{
    return w->in_pages ? &w->tail : &w->head;
}

static int gather(struct flat_writer *w, const void *bytes, size_t n,
                  struct xr_error *err)
{
    struct buffer *b = gathered(w);

    if (n > (w->in_pages ? TAIL_MAX : HEAD_MAX) - b->length)
        return error_at(err, E2BIG, w->reader.offset, "more than %d MiB that "
                        "are no pages",
                        (w->in_pages ? TAIL_MAX : HEAD_MAX) >> 20);
    buffer_append(b, bytes, n);
    return buffer_failed(b) ? error_set(err, ENOMEM, "out of memory") : 0;
}

/* So many bytes of the stream as they are. */
static int gather_from(struct flat_writer *w, uint64_t offset, uint64_t n,
                       struct xr_error *err)
{
    const uint8_t *bytes;
    int r = 0;

    while (!r && n) {
        size_t step = n < READER_VIEW_MAX ? (size_t)n : READER_VIEW_MAX;

        r = reader_view(&w->reader, offset, step, &bytes, err);
        if (!r)
            r = gather(w, bytes, step, err);
        offset += step;
        n -= step;
    }
    return r;
}

/*
 * The text in the header of xl or libvirt grows by what is left to a multiple
 * of 8: its length stands before it.
 */
static int align_text(struct flat_writer *w, struct xr_error *err)
{
    static const uint8_t blanks[8] = "       ", zeros[8];
    bool xl = w->stream.container == CONTAINER_XL;
    size_t length_at = xl ? XL_HEADER_SIZE - 4 : 20;
    size_t more = -w->head.length % LIBXC_RECORD_ALIGNMENT;
    uint8_t *length;
    int r;

    if (!more || (!xl && w->stream.container != CONTAINER_LIBVIRT))
        return 0;
    if (xl && w->stream.xl.optional_length < 4)
        return error_at(err, ENOTSUP, length_at, "an image of xl's without a "
                        "configuration");
    r = gather(w, xl ? blanks : zeros, more, err);
    if (r)
        return r;
    length = (uint8_t *)w->head.data + length_at;
    store_le32(length, load_le32(length) + (uint32_t)more);
    return 0;
}

/* The head, and padding up to where the pages begin. */
static int write_head(struct flat_writer *w, struct xr_error *err)
{
    uint64_t rest = w->layout.pages_begin - w->head.length;
    uint8_t header[PADDING_HEADER_SIZE];
    CLEANUP_FREE uint8_t *zeros = NULL;

    zeros = calloc(1, (size_t)rest);
    if (!zeros)
        return error_set(err, ENOMEM, "out of memory");
    padding_header(rest, header);
    memcpy(zeros, header, sizeof(header));
    buffer_append(&w->head, zeros, (size_t)rest);
    if (buffer_failed(&w->head))
        return error_set(err, ENOMEM, "out of memory");
    return flat_output_write(&w->output, 0, w->head.data, w->head.length,
                             err);
}

/*
 * Does the head leave the parent's pages where they are?  The padding between them,
 * if only its header, is what makes the image one that can be a parent.
 */
static bool head_fits(const struct flat_writer *w)
{
    return w->head.length + PADDING_HEADER_SIZE <= w->layout.pages_begin;
}

/*
 * Why the parent is of no use; NULL: it is.  libxc refuses an entry, even one
 * without data, of a page that a PV guest's P2M does not have; and an image
 * would grow without end if every place once made were kept.
 */
static const char *find_unfit(const struct flat_writer *w)
{
    const struct flat_layout *l = &w->layout;

    if (!head_fits(w))
        return "its head is too short for this one";
    if (l->pages_begin - w->head.length > HEAD_MAX)
        return "too much stands before its pages";
    if (w->pages_limit && l->covered > w->pages_limit)
        return "it has pages that the guest no longer has";
    if (l->left_over > l->table.pages / LEFT_OVER_PART)
        return "too much of it belongs to no page any more";
    return NULL;
}

static int cut_file(const struct flat_writer *w, uint64_t length,
                    struct xr_error *err)
{
    return ftruncate(w->order.out, (off_t)length)
           ? error_system(err, errno, "the image cannot be written") : 0;
}

static int start_anew(struct flat_writer *w, struct xr_error *err)
{
    flat_layout_free(&w->layout);
    w->shares = false;
    w->layout.pages_begin = (w->head.length + SLACK + PAGE_SIZE_BYTES - 1)
                            & ~(uint64_t)(PAGE_SIZE_BYTES - 1);
    w->layout.pages_end = w->layout.pages_begin;
    return cut_file(w, 0, err);
}

static int begin_layout(struct flat_writer *w, struct xr_error *err)
{
    struct flat_layout fresh;
    int r = flat_layout_new(&fresh, err);

    if (!r)
        r = start_anew(w, err);
    if (!r)
        memcpy(w->layout.table.secret, fresh.table.secret, SEAL_SECRET_SIZE);
    return r;
}

static int begin_pages(struct flat_writer *w, struct xr_error *err)
{
    static const uint8_t zeros[PAGE_SIZE_BYTES];
    int r = 0;

    if (w->shares) {
        w->outcome.full = find_unfit(w);
        w->shares = !w->outcome.full;
    }
    if (!w->shares)
        r = begin_layout(w, err);
    if (r)
        return r;
    seal_digest_page(w->layout.table.secret, zeros, w->zero_digest);
    r = write_head(w, err);
    w->in_pages = true;
    return r;
}

/* What comes between pages must mean the same behind them. */
static int check_movable(const struct flat_writer *w,
                         const struct stream_event *event,
                         struct xr_error *err)
{
    if (!w->in_pages || event->layer != STREAM_LIBXC
        || libxc_record_is_optional(event->type))
        return 0;
    switch (event->type) {
    case LIBXC_REC_END:
    case LIBXC_REC_X86_PV_VCPU_BASIC:
    case LIBXC_REC_X86_PV_VCPU_EXTENDED:
    case LIBXC_REC_X86_PV_VCPU_XSAVE:
    case LIBXC_REC_X86_PV_VCPU_MSRS:
    case LIBXC_REC_SHARED_INFO:
    case LIBXC_REC_X86_TSC_INFO:
    case LIBXC_REC_HVM_CONTEXT:
    case LIBXC_REC_HVM_PARAMS:
    case LIBXC_REC_TOOLSTACK:
        return 0;
    default:
        return error_at(err, ENOTSUP, event->offset, "a record of type 0x%08x "
                        "behind pages: such a stream cannot be laid out flat",
                        event->type);
    }
}

/*
 * The head of a PV guest says which page is its last one.  All of the record is
 * taken afterwards: a pipe does not go back behind what was viewed.
 */
static int take_pages_limit(struct flat_writer *w,
                            const struct stream_event *event,
                            struct xr_error *err)
{
    const uint8_t *record;
    int r;

    if (event->type != LIBXC_REC_X86_PV_P2M_FRAMES
        || event->length < P2M_FRAMES_HEAD)
        return 0;
    r = reader_view(&w->reader, event->offset,
                    LIBXC_RECORD_HEADER_SIZE + P2M_FRAMES_HEAD, &record, err);
    if (!r)
        w->pages_limit = (uint64_t)load_le32(record + P2M_LAST_AT) + 1;
    return r;
}

static int take_stream_record(struct flat_writer *w,
                              const struct stream_event *event,
                              struct xr_error *err)
{
    uint64_t length = libxc_padded_length(event->length);
    bool libxc = event->layer == STREAM_LIBXC;
    int r;

    if (libxc && event->type == PADDING_TYPE)
        return 0;
    if (libxc && !w->in_pages && (event->type == LIBXC_REC_PAGE_DATA
                                  || event->type == LIBXC_REC_END)) {
        r = begin_pages(w, err);
        if (r)
            return r;
    }
    if (libxc && event->type == LIBXC_REC_PAGE_DATA)
        return flat_take_pages(w, event, err);
    r = check_movable(w, event, err);
    if (!r && libxc)
        r = take_pages_limit(w, event, err);
    return r ? r : gather_from(w, event->offset,
                               LIBXC_RECORD_HEADER_SIZE + length, err);
}

static int take_stream_event(struct flat_writer *w,
                             const struct stream_event *event,
                             const uint8_t *piece, size_t n,
                             struct xr_error *err)
{
    int r;

    if (event->kind == STREAM_EVENT_RECORD)
        return take_stream_record(w, event, err);
    if (event->kind == STREAM_EVENT_LIBXL) {
        r = align_text(w, err);
        if (r)
            return r;
    }
    return gather(w, piece, n, err);
}

/*
 * One piece, with the text or what else the parser hops over behind it.  A
 * piece that is not used up comes again, longer.
 */
static int take_piece(struct flat_writer *w, struct xr_error *err)
{
    uint64_t at = w->stream.offset, behind;
    size_t n = stream_needs(&w->stream);
    uint8_t piece[STREAM_NEEDS_MAX];
    struct stream_event event;
    const uint8_t *bytes;
    int r = reader_view(&w->reader, at, n, &bytes, err);

    if (r)
        return r;
    memcpy(piece, bytes, n);
    r = stream_push(&w->stream, piece, &event, err);
    if (r || w->stream.offset == at)
        return r;
    r = take_stream_event(w, &event, piece, n, err);
    behind = w->stream.offset - at - n;
    if (!r && event.kind != STREAM_EVENT_RECORD && behind)
        r = gather_from(w, at + n, behind, err);
    return r ? r : listener_progress(w->order.listener, w->stream.offset,
                                     w->reader.size, err);
}

int flat_writer_take(struct flat_writer *w, struct xr_error *err)
{
    int r = 0;

    while (!r && !stream_ended(&w->stream))
        r = take_piece(w, err);
    return r;
}

int flat_mark_changed(struct flat_writer *w, uint64_t place,
                      struct xr_error *err)
{
    size_t room = w->changed_room ? w->changed_room : 4096;
    uint8_t *more;

    while (place / 8 >= room)
        room *= 2;
    if (room != w->changed_room) {
        more = realloc(w->changed, room);
        if (!more)
            return error_set(err, ENOMEM, "out of memory");
        memset(more + w->changed_room, 0, room - w->changed_room);
        w->changed = more;
        w->changed_room = room;
    }
    w->changed[place / 8] |= (uint8_t)(1 << place % 8);
    return 0;
}

/* What stands behind its pages goes now: later it could wait for the disk. */
static int take_parent(struct flat_writer *w, struct xr_error *err)
{
    w->layout = *w->order.parent;
    *w->order.parent = (struct flat_layout){ .pages_begin = 0 };
    w->shares = true;
    return cut_file(w, w->layout.pages_end, err);
}

int flat_writer_new(const struct flat_order *order, struct flat_writer **out,
                    struct xr_error *err)
{
    struct flat_writer *w = calloc(1, sizeof(*w));
    int r;

    if (!w)
        return error_set(err, ENOMEM, "out of memory");
    w->order = *order;
    w->output.fd = order->out;
    reader_open(&w->reader, order->in);
    w->reader.spool = order->spool;
    w->reader.listener = order->listener;
    stream_init(&w->stream);
    r = order->parent ? take_parent(w, err) : 0;
    if (r)
        flat_writer_free(&w);
    else
        *out = w;
    return r;
}

void flat_writer_free(struct flat_writer **writer)
{
    struct flat_writer *w = *writer;
    int saved = errno;

    if (w) {
        flat_layout_free(&w->layout);
        buffer_free(&w->head);
        buffer_free(&w->tail);
        free(w->changed);
        free(w->entries);
        free(w->places);
    }
    free(w);
    *writer = NULL;
    errno = saved;
}
