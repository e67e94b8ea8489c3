/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "hook/warn.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

static bool somebody_reads(void)
{
    struct pollfd out = { .fd = STDERR_FILENO, .events = POLLOUT };

    return poll(&out, 1, 0) > 0 && out.revents == POLLOUT;
}

bool stub_warn(const char *format, ...)
{
    char text[1024];
    va_list ap;

    if (!somebody_reads())
        return false;
    va_start(ap, format);
    vsnprintf(text, sizeof(text), format, ap);
    va_end(ap);
    return dprintf(STDERR_FILENO, "xen-resumable: warning: %s\n", text) > 0;
}
