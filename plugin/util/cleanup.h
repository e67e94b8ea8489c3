/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Declare with the empty value, tag with a CLEANUP_ attribute, hand over with
 * STEAL.  The release functions accept the empty value and keep errno.
 */
#ifndef UTIL_CLEANUP_H
#define UTIL_CLEANUP_H

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static inline void cleanup_free(void *pointer)
{
    int saved = errno;

    free(*(void **)pointer);
    errno = saved;
}

static inline void cleanup_close(int *fd)
{
    int saved = errno;

    if (*fd >= 0)
        close(*fd);
    errno = saved;
}

static inline void cleanup_dir(DIR **dir)
{
    int saved = errno;

    if (*dir)
        closedir(*dir);
    errno = saved;
}

#define CLEANUP(function) __attribute__((cleanup(function)))
#define CLEANUP_FREE CLEANUP(cleanup_free)
#define CLEANUP_CLOSE CLEANUP(cleanup_close)
#define CLEANUP_DIR CLEANUP(cleanup_dir)

/* The pointer's value; the variable itself becomes NULL. */
#define STEAL(pointer)                     \
    (__extension__ ({                      \
        __typeof__(pointer) stolen_ = (pointer); \
        (pointer) = NULL;                  \
        stolen_;                           \
    }))

#endif
