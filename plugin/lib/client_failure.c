/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "lib/client_failure.h"

#include <errno.h>
#include <string.h>

#include "lib/client_result.h"
#include "util/reason.h"

enum { STATUSES = 32 }; /* what else there is goes with no result */

/* The wire has reasons only.  ENOMEM is for this process' own memory. */
static int code_of(enum xr_reason reason)
{
    switch (reason) {
    case XR_REASON_USAGE:
        return EINVAL;
    case XR_REASON_CANCELLED:
        return ECANCELED;
    case XR_REASON_NOT_ALLOWED:
        return EACCES;
    case XR_REASON_NO_ROOM:
        return ENOSPC;
    case XR_REASON_NOT_SOUND:
        return EBADMSG;
    case XR_REASON_CANNOT_JUDGE:
        return ENOTSUP;
    case XR_REASON_NO_XEN:
        return ENODEV;
    case XR_REASON_LOCKED:
    case XR_REASON_DISK_IN_USE:
        return EBUSY;
    case XR_REASON_NAME_IN_USE:
    case XR_REASON_UUID_IN_USE:
        return EEXIST;
    case XR_REASON_NONE:
    case XR_REASON_SYSTEM:
    case XR_REASON_DID_NOT_SUSPEND:
    case XR_REASON_HOOK_FAILED:
    case XR_REASON_DISK_NOT_KEPT:
    case XR_REASON_SAVE_FAILED:
    case XR_REASON_RESUME_FAILED:
    case XR_REASON_GUEST_DIED:
    case XR_REASON_GUEST_SILENT:
        return EIO;
    default:
        return EPERM;
    }
}

/* Lines of a person's, or a program's, as one. */
static void append_lines(struct buffer *out, const char *text, size_t n)
{
    size_t line;

    while (n && text[n - 1] == '\n')
        n--;
    for (; n; text += line, n -= line) {
        const char *newline = memchr(text, '\n', n);

        line = newline ? (size_t)(newline - text) : n;
        buffer_put_safe(out, text, line);
        if (newline) {
            buffer_puts(out, "; ");
            line++;
        }
    }
}

static const char *buffer_text(const struct buffer *b)
{
    return b->data && !b->failed ? b->data : "";
}

static int died(const struct talk_outcome *o, struct xr_error *err)
{
    CLEANUP_BUFFER struct buffer said = { 0 };
    size_t room = sizeof(err->message) / 2, skipped = 0;

    append_lines(&said, o->complaints.data, o->complaints.length);
    if (said.length > room)
        skipped = said.length - room;
    return error_because(err, XR_REASON_SYSTEM, EIO,
                         "the command %s, without a result%s%s%s",
                         buffer_text(&o->fate), said.length ? ": " : "",
                         skipped ? "..." : "", buffer_text(&said) + skipped);
}

static int no_result(const struct talk_outcome *o, struct xr_error *err)
{
    if (o->asked_to_stop && o->just_stopped)
        return error_set(err, ECANCELED, "stopped on request");
    return died(o, err);
}

/* No number, or one that is out of range: no byte is to blame. */
static uint64_t offset_told(const struct values *v)
{
    uint32_t node = values_find(v, "error.offset");
    uint64_t offset;

    return node && v->nodes[node].type == VALUE_NUMBER
           && values_get_number(v, "error.offset", &offset) ? offset
                                                            : XR_NO_OFFSET;
}

static int told(const struct values *v, struct xr_error *err)
{
    CLEANUP_BUFFER struct buffer text = { 0 };
    const char *code = wire_text(v, "error.code");
    const char *message = wire_text(v, "error.message");
    enum xr_reason reason = code ? reason_by_name(code) : XR_REASON_NONE;
    int r;

    if (reason == XR_REASON_NONE)
        reason = XR_REASON_SYSTEM;
    if (!message || !*message)
        message = code && *code ? code
                  : "the command failed, and does not say why";
    append_lines(&text, message, strlen(message));
    r = error_because(err, reason, code_of(reason), "%s", buffer_text(&text));
    if (err)
        err->offset = offset_told(v);
    return r;
}

static bool has_error(const struct values *v)
{
    uint32_t node = values_find(v, "error");

    return node && !(v->nodes[node].has_value
                     && v->nodes[node].type == VALUE_NULL);
}

int client_failure(const struct talk_outcome *outcome, struct xr_error *err)
{
    const struct xr_result *result = outcome->result;
    bool ok = false;

    if (outcome->broken.code) {
        if (err)
            *err = outcome->broken;
        return -outcome->broken.code;
    }
    if (!result)
        return no_result(outcome, err);
    if (!xr_result_bool(result, "ok", &ok) && ok
        && !has_error(&result->values))
        return 0;
    return told(&result->values, err);
}

int client_contradiction(const struct talk_outcome *outcome,
                         unsigned statuses, struct xr_error *err)
{
    CLEANUP_BUFFER struct buffer said = { 0 };
    const char *json = xr_result_json(outcome->result);
    int status = outcome->exit_status;

    if (!outcome->end_is_known
        || (outcome->asked_to_stop && outcome->just_stopped)
        || (status >= 0 && status < STATUSES && statuses & 1u << status))
        return 0;
    buffer_put_safe(&said, json, strlen(json));
    return error_because(err, XR_REASON_SYSTEM, EIO, "the command %s, and its "
                         "result does not say why: %s",
                         buffer_text(&outcome->fate), buffer_text(&said));
}
