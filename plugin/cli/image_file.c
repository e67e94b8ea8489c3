/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/image_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/table.h"

int image_file_open(const char *path)
{
    int fd = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC)
                               : fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);

    if (fd < 0)
        complain("%s: %s", path, strerror(errno));
    return fd;
}

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
