/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/input.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

int input_open_for(const char *path, struct xr_error *err)
{
    int fd = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC)
                               : fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);

    if (fd < 0) {
        error_set(err, errno, "%s", strerror(errno));
        complain_error(path, err);
    }
    return fd;
}

int input_open(const char *path)
{
    struct xr_error err;

    return input_open_for(path, &err);
}
