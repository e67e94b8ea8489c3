/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/boot.h"

#include <fcntl.h>
#include <string.h>

#include "util/cleanup.h"
#include "util/io.h"

void boot_read(char out[BOOT_ROOM])
{
    CLEANUP_CLOSE int fd = open("/proc/sys/kernel/random/boot_id",
                                O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read_full(fd, out, BOOT_ROOM - 1);

    out[n < 0 ? 0 : n] = '\0';
}

bool boot_is_this(const char *boot)
{
    char now[BOOT_ROOM];

    boot_read(now);
    return *now && !strcmp(boot, now);
}
