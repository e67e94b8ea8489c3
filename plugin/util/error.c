/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "util/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "util/buffer.h"
#include "util/reason.h"

/* Bytes of a path before a message. */
enum { PATH_LEAST = 32, PATH_MOST = 100 };

/* Of the first n bytes of a text: those of whole characters. */
static size_t whole_characters(const char *text, size_t n)
{
    size_t from = n;

    while (from && n - from < 3 && ((unsigned char)text[from - 1] & 0xc0) == 0x80)
        from--;
    if (from && (unsigned char)text[from - 1] >= 0xc0
        && !utf8_length((const unsigned char *)text + from - 1, n - from + 1))
        n = from - 1;
    return n;
}

static void error_fill(struct xr_error *err, int code, uint64_t offset,
                       const char *format, va_list ap)
{
    const size_t room = sizeof(err->message);
    int n;

    err->code = code;
    err->reason = reason_by_code(code, offset != XR_NO_OFFSET);
    err->offset = offset;
    n = vsnprintf(err->message, room, format, ap);
    if (n >= (int)room)
        err->message[whole_characters(err->message, room - 1)] = '\0';
}

int error_set(struct xr_error *err, int code, const char *format, ...)
{
    va_list ap;

    if (err) {
        va_start(ap, format);
        error_fill(err, code, XR_NO_OFFSET, format, ap);
        va_end(ap);
    }
    return -code;
}

int error_at(struct xr_error *err, int code, uint64_t offset,
             const char *format, ...)
{
    va_list ap;

    if (err) {
        va_start(ap, format);
        error_fill(err, code, offset, format, ap);
        va_end(ap);
    }
    return -code;
}

/* Who stopped it need not read that a system call has failed. */
static const char *words_of_code(int code)
{
    switch (code) {
    case ECANCELED:
        return "stopped on request";
    case EISDIR:
        return "it is a folder, not a file";
    default:
        return strerror(code);
    }
}

/* What is before it, a path mostly, is cut, so that it has room. */
static void append_words(char message[], size_t size, const char *words)
{
    size_t used = strlen(message), needed = strlen(": ") + strlen(words) + 1;

    if (size > needed + strlen("...") && used > size - needed) {
        used = whole_characters(message, size - needed - strlen("..."));
        memcpy(message + used, "...", strlen("..."));
        used += strlen("...");
    }
    snprintf(message + used, size - used, ": %s", words);
}

int error_system(struct xr_error *err, int code, const char *format, ...)
{
    va_list ap;

    if (err) {
        va_start(ap, format);
        error_fill(err, code, XR_NO_OFFSET, format, ap);
        va_end(ap);
        append_words(err->message, sizeof(err->message), words_of_code(code));
    }
    return -code;
}

int error_errno(struct xr_error *err, int code)
{
    return error_set(err, code, "%s", words_of_code(code));
}

int error_because(struct xr_error *err, enum xr_reason reason, int code,
                  const char *format, ...)
{
    va_list ap;

    if (err) {
        va_start(ap, format);
        error_fill(err, code, XR_NO_OFFSET, format, ap);
        va_end(ap);
        err->reason = reason;
    }
    return -code;
}

int error_within(struct xr_error *err, enum xr_reason reason,
                 const char *before)
{
    struct xr_error inner = *err;
    int room = (int)sizeof(err->message), used;

    used = snprintf(err->message, sizeof(err->message), "%s: ", before);
    if (used < 0 || used >= room)
        used = room - 1;
    snprintf(err->message + used, (size_t)(room - used), "%.*s",
             room - used - 1, inner.message);
    err->reason = reason;
    return -err->code;
}

/* Its last most bytes; no character is cut in two. */
static const char *end_of_text(const char *text, size_t n, size_t most)
{
    if (n <= most)
        return text;
    text += n - most;
    while (((unsigned char)*text & 0xc0) == 0x80)
        text++;
    return text;
}

/* How much of a path goes before a message that is n bytes long. */
static size_t room_for_path(size_t n)
{
    size_t room = sizeof(((struct xr_error *)NULL)->message);
    size_t rest = n + sizeof("...: ");

    room = room > rest ? room - rest : 0;
    return room < PATH_LEAST ? PATH_LEAST : room < PATH_MOST ? room : PATH_MOST;
}

void error_name_file(struct xr_error *err, const char *path)
{
    CLEANUP_BUFFER struct buffer safe = { 0 };
    char shown[PATH_MOST + sizeof("...")];
    const char *end;

    if (!err)
        return;
    buffer_put_safe(&safe, path, strlen(path));
    if (!safe.data || buffer_failed(&safe))
        return;
    end = end_of_text(safe.data, safe.length,
                      room_for_path(strlen(err->message)));
    snprintf(shown, sizeof(shown), "%s%s", end > safe.data ? "..." : "", end);
    error_within(err, err->reason, shown);
}
