/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Preloaded behind the stub: the libxl-save-helper of a save has done all that it does,
 * has told libxl so, and ends only when $SLOW_END is removed.  It makes that file when
 * it has come so far.  Until it has ended, libxl does not write the end of the stream.
 * The one of a restore, which may follow, ends as ever.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int saves;

__attribute__((constructor)) static void see_what_it_is(int argc, char **argv)
{
    saves = argc > 1 && !strcmp(argv[1], "--save-domain");
}

__attribute__((destructor)) static void end_slowly(void)
{
    const struct timespec pause = { .tv_nsec = 20000000 };
    const char *file = getenv("SLOW_END");

    if (!file || !saves
        || strcmp(program_invocation_short_name, "libxl-save-helper"))
        return;
    close(open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    while (!access(file, F_OK))
        nanosleep(&pause, NULL);
}
