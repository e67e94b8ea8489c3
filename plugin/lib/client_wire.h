/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the command tells with --format=jsonl: one JSON object per line.
 *
 *   {"event":"hello","version":"0.2.0"}            first; may be missing
 *   {"event":"stage","stage":"suspended",...}
 *   {"event":"progress","bytes":1,"total":2}
 *   {"event":"message","level":"warning","text":"..."}
 *   {"event":"result","ok":true,...}               last
 *   {"event":"result","ok":false,"error":{"code":"locked","message":"."},...}
 *
 * What else there is, events and keys, is for later readers.
 */
#ifndef LIB_CLIENT_WIRE_H
#define LIB_CLIENT_WIRE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/values.h"
#include "util/error.h"

/*
 * A list of 10,000 images has fewer; what is longer is not of the command's.
 */
enum { WIRE_LINE_MAX = 8 << 20 };

enum wire_event {
    WIRE_OTHER,    /* of a later version, or none */
    WIRE_HELLO,
    WIRE_STAGE,
    WIRE_PROGRESS,
    WIRE_MESSAGE,
    WIRE_RESULT,
};

/* Bytes on their way to be lines. */
struct wire {
    struct buffer bytes;
    size_t next;    /* where the next line begins */
    size_t looked;  /* up to where there is no newline behind that */
};

/* -ENOMEM; or -EMSGSIZE, for a line that is too long. */
int wire_put(struct wire *w, const char *bytes, size_t n,
             struct xr_error *err);

/*
 * The next whole line, without its newline, borrowed until the next call;
 * false if there is none yet.  At the end what is left is one, too.
 */
bool wire_next(struct wire *w, bool at_end, const char **line_out,
               size_t *n_out);

void wire_free(struct wire *w);

/*
 * One line, into the empty *out.  -EPROTO: no JSON object, one in which a name
 * stands twice, or one beyond the limits of lib/flatten.h; -ENOMEM.
 */
int wire_parse(const char *line, size_t n, enum wire_event *event_out,
               struct values *out, struct xr_error *err);

/* Is there anything but blanks? */
bool wire_is_blank(const char *line, size_t n);

/* The value of a key, if it is a text; else NULL. */
const char *wire_text(const struct values *v, const char *key);

/* 0 if it is no number from 0 on. */
uint64_t wire_number(const struct values *v, const char *key);

/* "info" for a number that is not known; and back, INFO for such a name. */
const char *wire_level_name(enum xr_level level);
enum xr_level wire_level(const char *name);

#endif
