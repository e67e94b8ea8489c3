/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The framing of a save image, as a push parser.  It says which bytes it wants
 * next (offset, stream_needs), is given just those, and answers with one
 * event.  Bodies of records and texts are never wanted: who is interested
 * takes them from the input, who is not hops over them.
 *
 *   xl file, libvirt file
 *     TEXT    the configuration or the XML
 *     LIBXL   what a bare libxl stream begins with
 *       RECORD  of libxl, up to LIBXC_CONTEXT
 *       LIBXC   what a bare libxc stream begins with
 *         RECORD  of libxc, up to its END
 *       RECORD  of libxl, up to its END
 *     END     nothing more is wanted
 *
 * In a checkpointed stream (Remus), libxl's records up to CHECKPOINT_END stand
 * behind each CHECKPOINT of libxc.  No memory is allocated.
 */
#ifndef FORMAT_STREAM_H
#define FORMAT_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "format/container.h"
#include "format/libxc.h"
#include "util/error.h"

enum { STREAM_NEEDS_MAX = 64 };

enum stream_layer {
    STREAM_LIBXL,
    STREAM_LIBXC,
};

enum stream_event_kind {
    STREAM_EVENT_NONE,
    STREAM_EVENT_TEXT,
    STREAM_EVENT_LIBXL,
    STREAM_EVENT_LIBXC,
    STREAM_EVENT_RECORD,
    STREAM_EVENT_END,
};

struct stream_event {
    enum stream_event_kind kind;
    uint64_t offset;          /* of the piece, or of the text */
    enum stream_layer layer;  /* RECORD */
    uint32_t type;            /* RECORD */
    uint32_t length;          /* RECORD: of the body behind the piece; TEXT */
    const char *oddity;       /* what no writer writes and readers bear */
    uint64_t oddity_offset;
};

enum stream_state {
    STREAM_AT_MAGIC,
    STREAM_AT_LEGACY,
    STREAM_AT_XL,
    STREAM_AT_XL_CONFIG,
    STREAM_AT_LIBVIRT,
    STREAM_AT_LIBXL,
    STREAM_AT_LIBXL_RECORD,
    STREAM_AT_LIBXC,
    STREAM_AT_LIBXC_RECORD,
    STREAM_AT_END,
};

struct stream {
    enum stream_state state;
    uint64_t offset;   /* of the bytes that are needed next; never falls */
    bool in_libxl;     /* the libxc stream stands in a libxl stream */
    bool in_checkpoint;
    enum container container;
    struct xl_header xl;
    struct libxc_image_header image;
    struct libxc_domain_header domain;
};

void stream_init(struct stream *s);

/* A bare libxc stream and nothing else, whose image header stands there. */
void stream_init_libxc(struct stream *s, uint64_t offset);

/* How many bytes at its offset are to be pushed next; none behind the END. */
size_t stream_needs(const struct stream *s);

/*
 * The event may be NONE, and the next piece may begin at the same offset.
 * -ENOEXEC: no save image; -ENOTSUP: one that we do not read; -EINVAL:
 * malformed.  After a failure the parser must not be used any more.
 */
int stream_push(struct stream *s, const uint8_t *bytes,
                struct stream_event *out, struct xr_error *err);

/* Is this END the last one, behind which nothing of the stream follows? */
static inline bool stream_ended(const struct stream *s)
{
    return s->state == STREAM_AT_END;
}

/* "libxl" or "libxc". */
const char *stream_layer_name(enum stream_layer layer);

/* "PAGE_DATA", ...; "METADATA" and "PADDING" are ours; NULL: unknown to us. */
const char *stream_record_name(enum stream_layer layer, uint32_t type);

#endif
