/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "lib/client_wire.h"

#include <errno.h>
#include <string.h>

#include "lib/flatten.h"

enum { QUOTED_MAX = 60 };

/* Forgets the lines that were taken. */
static void wire_shift(struct wire *w)
{
    if (!w->next)
        return;
    w->bytes.length -= w->next;
    memmove(w->bytes.data, w->bytes.data + w->next, w->bytes.length);
    w->looked -= w->next;
    w->next = 0;
}

int wire_put(struct wire *w, const char *bytes, size_t n,
             struct xr_error *err)
{
    const char *newline = memchr(bytes, '\n', n);
    size_t first = newline ? (size_t)(newline - bytes) : n;

    wire_shift(w);
    if (first > WIRE_LINE_MAX || w->bytes.length > WIRE_LINE_MAX - first)
        return error_because(err, XR_REASON_SYSTEM, EMSGSIZE, "the command "
                             "printed a line longer than %d bytes",
                             WIRE_LINE_MAX);
    buffer_append(&w->bytes, bytes, n);
    return buffer_failed(&w->bytes) ? error_set(err, ENOMEM, "out of memory")
                                    : 0;
}

bool wire_next(struct wire *w, bool at_end, const char **line_out,
               size_t *n_out)
{
    size_t left = w->bytes.length - w->looked;
    const char *from, *newline;

    if (w->next == w->bytes.length)
        return false;
    from = w->bytes.data + w->next;
    newline = left ? memchr(w->bytes.data + w->looked, '\n', left) : NULL;
    if (!newline && !at_end) {
        w->looked = w->bytes.length;
        return false;
    }
    *line_out = from;
    *n_out = newline ? (size_t)(newline - from) : w->bytes.length - w->next;
    w->next += *n_out + (newline ? 1 : 0);
    w->looked = w->next;
    return true;
}

void wire_free(struct wire *w)
{
    buffer_free(&w->bytes);
    *w = (struct wire){ .next = 0 };
}

static enum wire_event wire_event_of(const struct values *v)
{
    static const char *const names[] = {
        [WIRE_OTHER] = "",
        [WIRE_HELLO] = "hello",
        [WIRE_STAGE] = "stage",
        [WIRE_PROGRESS] = "progress",
        [WIRE_MESSAGE] = "message",
        [WIRE_RESULT] = "result",
    };
    const char *name = wire_text(v, "event");
    size_t i;

    for (i = 0; name && i < sizeof(names) / sizeof(names[0]); i++)
        if (!strcmp(name, names[i]))
            return (enum wire_event)i;
    return WIRE_OTHER;
}

static int wire_refuse(const char *line, size_t n, struct xr_error *err)
{
    CLEANUP_BUFFER struct buffer quoted = { 0 };
    bool all = n <= QUOTED_MAX;

    buffer_put_safe(&quoted, line, all ? n : QUOTED_MAX);
    return error_because(err, XR_REASON_SYSTEM, EPROTO, "the command printed "
                         "a line that is not an event: %s%s",
                         buffer_failed(&quoted) || !quoted.data ? "?"
                         : quoted.data, all ? "" : "...");
}

static bool wire_is_object(const char *line, size_t n)
{
    while (n && strchr(" \t\r", *line) && *line) {
        line++;
        n--;
    }
    return n && *line == '{';
}

int wire_parse(const char *line, size_t n, enum wire_event *event_out,
               struct values *out, struct xr_error *err)
{
    int r = wire_is_object(line, n) ? flatten_json_strictly(line, n, out, NULL)
                                    : -EINVAL;

    if (r == -ENOMEM)
        return error_set(err, ENOMEM, "out of memory");
    if (r)
        return wire_refuse(line, n, err);
    *event_out = wire_event_of(out);
    return 0;
}

bool wire_is_blank(const char *line, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++)
        if ((unsigned char)line[i] > ' ')
            return false;
    return true;
}

const char *wire_text(const struct values *v, const char *key)
{
    uint32_t node = values_find(v, key);

    return node && v->nodes[node].type == VALUE_TEXT ? value_of(v, node)
                                                     : NULL;
}

uint64_t wire_number(const struct values *v, const char *key)
{
    uint32_t node = values_find(v, key);
    uint64_t number = 0;

    if (node && v->nodes[node].type == VALUE_NUMBER)
        values_get_number(v, key, &number);
    return number;
}

static const char *const levels[] = {
    [XR_LEVEL_INFO] = "info",
    [XR_LEVEL_WARNING] = "warning",
    [XR_LEVEL_ERROR] = "error",
};

enum { LEVELS = sizeof(levels) / sizeof(levels[0]) };

const char *wire_level_name(enum xr_level level)
{
    return levels[(unsigned)level < LEVELS ? level : XR_LEVEL_INFO];
}

enum xr_level wire_level(const char *name)
{
    size_t i;

    for (i = 0; name && i < LEVELS; i++)
        if (!strcmp(name, levels[i]))
            return (enum xr_level)i;
    return XR_LEVEL_INFO;
}
