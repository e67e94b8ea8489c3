/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/input.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cli/signals.h"

/* A FIFO's writer may let us wait. */
static int open_to_read(const char *path)
{
    int fd;

    do
        fd = open(path, O_RDONLY | O_CLOEXEC);
    while (fd < 0 && errno == EINTR && !signals_want_stop());
    return fd;
}

int input_open(const char *path, struct xr_error *err)
{
    int fd = strcmp(path, "-") ? open_to_read(path)
                               : fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);

    if (fd < 0)
        error_errno(err, errno == EINTR ? ECANCELED : errno);
    return fd;
}
