/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "util/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "util/reason.h"

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
