/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "util/debug.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/buffer.h"
#include "util/outlet.h"

static atomic_bool enabled;

void debug_enable(bool wanted)
{
    enabled = wanted;
}

static bool is_wanted(void)
{
    const char *wanted = secure_getenv("XR_DEBUG");

    return enabled || (wanted && *wanted && strcmp(wanted, "0"));
}

void debug(const char *format, ...)
{
    int saved = errno;
    CLEANUP_BUFFER struct buffer whole = { 0 };
    char line[512];
    va_list ap;

    if (!is_wanted())
        return;
    va_start(ap, format);
    vsnprintf(line, sizeof(line), format, ap);
    va_end(ap);
    buffer_printf(&whole, "xen-resumable: debug: %s[%d]: %s\n",
                  program_invocation_short_name, (int)getpid(), line);
    if (!buffer_failed(&whole))
        outlet_offer(STDERR_FILENO, whole.data, whole.length);
    errno = saved;
}
