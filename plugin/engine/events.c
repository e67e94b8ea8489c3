/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/events.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

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

void events_say(const struct events *e, enum message_level level,
                const char *format, ...)
{
    char text[2048];
    va_list ap;

    if (!e->message)
        return;
    va_start(ap, format);
    vsnprintf(text, sizeof(text), format, ap);
    va_end(ap);
    e->message(e->data, level, text);
}

int events_fail(const struct events *e, const char *subject,
                const struct xr_error *err)
{
    if (err->offset == XR_NO_OFFSET)
        events_say(e, MESSAGE_ERROR, "%s: %s", subject, err->message);
    else
        events_say(e, MESSAGE_ERROR, "%s: %s, at offset %" PRIu64, subject,
                   err->message, err->offset);
    return -err->code;
}
