/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/facts.h"

#include <stdarg.h>
#include <stdio.h>

#include "cli/table.h"

void size_text(uint64_t bytes, char out[SIZE_TEXT_MAX])
{
    static const char *const units[] = { "bytes", "KiB", "MiB", "GiB", "TiB" };
    double size = (double)bytes;
    size_t unit = 0;

    while (size >= 1024 && unit < sizeof(units) / sizeof(units[0]) - 1) {
        size /= 1024;
        unit++;
    }
    snprintf(out, SIZE_TEXT_MAX, unit ? "%.1f %s" : "%.0f %s", size,
             units[unit]);
}

void print_line(const char *label, const char *format, ...)
{
    char text[1024];
    va_list ap;

    va_start(ap, format);
    vsnprintf(text, sizeof(text), format, ap);
    va_end(ap);
    printf("%-12s", label);
    print_safe(text);
    printf("\n");
}
