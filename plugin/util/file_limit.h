/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A limit on the size of files (ulimit -f): who writes beyond it is killed by
 * SIGXFSZ, before there is anything to be said or tidied up.  Between these
 * two the write fails by EFBIG instead.
 */
#ifndef UTIL_FILE_LIMIT_H
#define UTIL_FILE_LIMIT_H

#include <signal.h>
#include <stddef.h>

/* *before is for file_limit_kills(), which has it as it was. */
static inline void file_limit_fails(struct sigaction *before)
{
    const struct sigaction ignore = { .sa_handler = SIG_IGN };

    sigaction(SIGXFSZ, &ignore, before);
}

static inline void file_limit_kills(const struct sigaction *before)
{
    sigaction(SIGXFSZ, before, NULL);
}

#endif
