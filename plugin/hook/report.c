/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "hook/report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "util/buffer.h"
#include "util/outlet.h"

__attribute__((format(printf, 1, 0)))
static void vreport(const char *format, va_list ap)
{
    CLEANUP_BUFFER struct buffer text = { 0 }, line = { 0 };
    int saved = errno;

    buffer_vprintf(&text, format, ap);
    buffer_puts(&line, "xen-resumable: ");
    buffer_put_safe(&line, text.data ? text.data : "", text.length);
    buffer_puts(&line, "\n");
    if (!buffer_failed(&text) && !buffer_failed(&line))
        outlet_offer(STDERR_FILENO, line.data, line.length);
    errno = saved;
}

void report(const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    vreport(format, ap);
    va_end(ap);
}

void report_done(const struct config *config, const char *format, ...)
{
    va_list ap;

    if (config->verbose < VERBOSITY_OPERATIONS)
        return;
    va_start(ap, format);
    vreport(format, ap);
    va_end(ap);
}

void warn_domain(uint32_t domid, const struct xr_error *err,
                 const char *what)
{
    if (!error_has_place(err))
        report("warning: domain %u: %s: %s", domid, what, err->message);
    else
        report("warning: domain %u: %s: %s, at offset %" PRIu64, domid, what,
               err->message, err->offset);
}
