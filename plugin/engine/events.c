/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/events.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "util/buffer.h"

const char *message_level_name(enum message_level level)
{
    static const char *const names[] = {
        [MESSAGE_INFO] = "info",
        [MESSAGE_WARNING] = "warning",
        [MESSAGE_ERROR] = "error",
        [MESSAGE_TOOLSTACK] = "toolstack",
    };

    return names[level];
}

void events_stage(const struct events *e, const char *stage)
{
    if (e->stage)
        e->stage(e->data, stage);
}

bool events_progress(const struct events *e, uint64_t done, uint64_t total)
{
    return e->progress && e->progress(e->data, done, total);
}

int events_stopped(const struct events *e, uint64_t done, uint64_t total,
                   struct xr_error *err)
{
    return events_progress(e, done, total)
           ? error_set(err, ECANCELED, "stopped on request") : 0;
}

void events_say(const struct events *e, enum message_level level,
                const char *format, ...)
{
    CLEANUP_BUFFER struct buffer whole = { 0 };
    char short_text[512]; /* where there is no memory for more */
    va_list ap, again;

    if (!e->message)
        return;
    va_start(ap, format);
    va_copy(again, ap);
    buffer_vprintf(&whole, format, ap);
    if (buffer_failed(&whole))
        vsnprintf(short_text, sizeof(short_text), format, again);
    va_end(again);
    va_end(ap);
    e->message(e->data, level, buffer_failed(&whole) ? short_text
                                                     : whole.data);
}

int events_fail(const struct events *e, const char *subject,
                const struct xr_error *err)
{
    if (!error_has_place(err))
        events_say(e, MESSAGE_ERROR, "%s: %s", subject, err->message);
    else
        events_say(e, MESSAGE_ERROR, "%s: %s, at offset %" PRIu64, subject,
                   err->message, err->offset);
    return -err->code;
}

int events_fail_file(const struct events *e, const char *path,
                     struct xr_error *err)
{
    int r = events_fail(e, path, err);

    error_name_file(err, path);
    return r;
}
