/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What an operation tells while it runs.  The engine never prints: whoever has
 * it do something decides where this goes.
 *
 * Messages are for people.  They come in the order in which they are to be
 * read, and they are complete: an operation that fails has said so by a
 * message of MESSAGE_ERROR before it returns.  The struct xr_error that it
 * returns is for programs: the reason code, and why in short.
 */
#ifndef ENGINE_EVENTS_H
#define ENGINE_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "util/error.h"

enum message_level {
    MESSAGE_INFO,
    MESSAGE_WARNING,
    MESSAGE_ERROR,
    MESSAGE_TOOLSTACK, /* a line of the toolstack that the operation has run */
};

/* "info", "warning", "error", "toolstack": a constant. */
const char *message_level_name(enum message_level level);

/* Each may be NULL.  Called in the process that has begun the operation, and,
 * if that was killed, in the one that ends it in its place. */
struct events {
    void *data; /* passed on as it is */

    /* The operation is there: "suspended", for example. */
    void (*stage)(void *data, const char *stage);

    /* Bytes; total is 0 where nobody knows.  About ten times a second, also
     * where nothing has changed.  Anything but 0 stops the operation. */
    int (*progress)(void *data, uint64_t done, uint64_t total);

    /* One line without its newline; it may quote hostile text. */
    void (*message)(void *data, enum message_level level, const char *text);
};

void events_stage(const struct events *e, const char *stage);

/* True: the operation is to stop. */
bool events_progress(const struct events *e, uint64_t done, uint64_t total);

/* The same, as a failure: 0, or -ECANCELED. */
int events_stopped(const struct events *e, uint64_t done, uint64_t total,
                   struct xr_error *err);

__attribute__((format(printf, 3, 4)))
void events_say(const struct events *e, enum message_level level,
                const char *format, ...);

/* MESSAGE_ERROR "SUBJECT: message, at offset N", unless N is 0, where the file
 * begins; returns -err->code. */
int events_fail(const struct events *e, const char *subject,
                const struct xr_error *err);

/* The same of a file; the error's message names it from then on. */
int events_fail_file(const struct events *e, const char *path,
                     struct xr_error *err);

#endif
