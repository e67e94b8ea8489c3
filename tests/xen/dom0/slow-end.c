/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Preloaded behind the stub: libxl-save-helper has done all that it does, has told
 * libxl so, and ends only when $SLOW_END is removed.  It makes that file when it has
 * come so far.  Until it has ended, libxl does not write the end of the stream.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

__attribute__((destructor)) static void end_slowly(void)
{
    const struct timespec pause = { .tv_nsec = 20000000 };
    const char *file = getenv("SLOW_END");

    if (!file || strcmp(program_invocation_short_name, "libxl-save-helper"))
        return;
    close(open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    while (!access(file, F_OK))
        nanosleep(&pause, NULL);
}
