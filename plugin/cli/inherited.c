/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/inherited.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

/* Those below it are open, so that open() takes this one. */
static bool fill_standard_file(int fd)
{
    int flags = fd == STDIN_FILENO ? O_WRONLY : O_RDONLY;

    return fcntl(fd, F_GETFD) >= 0 || errno != EBADF
           || open("/dev/null", flags) == fd;
}

static void mend_sigchld(void)
{
    const struct sigaction usual = { .sa_handler = SIG_DFL };
    sigset_t set;

    sigaction(SIGCHLD, &usual, NULL);
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}

bool inherited_mend(void)
{
    int fd;

    for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (!fill_standard_file(fd))
            return false;
    mend_sigchld();
    return true;
}
