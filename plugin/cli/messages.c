/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/signals.h"
#include "util/buffer.h"
#include "util/outlet.h"

static char text[256]; /* how the last complaint begins */
static struct xr_error failure;

/* Without memory: its beginning, in ASCII. */
static void complain_plainly(void)
{
    static char line[sizeof(text) + 32];
    int n = snprintf(line, sizeof(line), "xen-resumable: %s", text);
    int i;

    for (i = 0; i < n; i++)
        if (line[i] < ' ' || line[i] > '~')
            line[i] = '?';
    line[n++] = '\n';
    outlet_write(STDERR_FILENO, line, (size_t)n);
}

void complain(const char *format, ...)
{
    CLEANUP_BUFFER struct buffer whole = { 0 }, line = { 0 };
    va_list ap, again;

    va_start(ap, format);
    va_copy(again, ap);
    vsnprintf(text, sizeof(text), format, ap);
    buffer_vprintf(&whole, format, again);
    va_end(again);
    va_end(ap);
    buffer_puts(&line, "xen-resumable: ");
    if (buffer_failed(&whole))
        buffer_put_safe(&line, text, strlen(text));
    else
        buffer_put_safe(&line, whole.data, whole.length);
    buffer_puts(&line, "\n");
    if (buffer_failed(&line))
        complain_plainly();
    else
        outlet_write(STDERR_FILENO, line.data, line.length);
}

int complain_error(const char *subject, const struct xr_error *err)
{
    if (!error_has_place(err))
        complain("%s: %s", subject, err->message);
    else
        complain("%s: %s, at offset %" PRIu64, subject, err->message,
                 err->offset);
    failure = *err;
    return STATUS_ERROR;
}

const struct xr_error *last_failure(void)
{
    if (!failure.reason)
        error_set(&failure, EIO, "%.230s", text);
    return &failure;
}

int complain_usage(const char *verb)
{
    error_because(&failure, XR_REASON_USAGE, EINVAL, "%.230s", text);
    if (verb)
        fprintf(stderr, "Try 'xen-resumable %s --help'.\n", verb);
    else
        fprintf(stderr, "Usage: xen-resumable VERB [OPTIONS] ...\n"
                "Try 'xen-resumable --help'.\n");
    return STATUS_ERROR;
}

bool usage_was_wrong(void)
{
    return failure.reason == XR_REASON_USAGE;
}

static bool output_lost;

void lose_output(const char *what)
{
    complain("%s", what);
    output_lost = true;
}

int finish_output(int status)
{
    bool written;

    signals_hold();
    written = !fflush(stdout) && !ferror(stdout);
    signals_release();
    if (output_lost)
        return STATUS_ERROR;
    if (!written) {
        complain("standard output: %s", strerror(errno));
        return STATUS_ERROR;
    }
    return status;
}
