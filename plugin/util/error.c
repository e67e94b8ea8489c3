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

static void error_fill(struct xr_error *err, int code, uint64_t offset,
                       const char *format, va_list ap)
{
    err->code = code;
    err->reason = reason_by_code(code, offset != XR_NO_OFFSET);
    err->offset = offset;
    vsnprintf(err->message, sizeof(err->message), format, ap);
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

int error_system(struct xr_error *err, int code, const char *format, ...)
{
    va_list ap;
    size_t used;

    if (err) {
        va_start(ap, format);
        error_fill(err, code, XR_NO_OFFSET, format, ap);
        va_end(ap);
        used = strlen(err->message);
        snprintf(err->message + used, sizeof(err->message) - used, ": %s",
                 words_of_code(code));
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
