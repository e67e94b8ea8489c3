/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether a name or a descriptor still leads to a file that was seen before. */
#ifndef UTIL_SAME_FILE_H
#define UTIL_SAME_FILE_H

#include <stdbool.h>
#include <sys/stat.h>

/* The same one, and nobody has written to it since; other names do not count. */
static inline bool file_is_as_seen(const struct stat *now,
                                   const struct stat *seen)
{
    return now->st_dev == seen->st_dev && now->st_ino == seen->st_ino
           && now->st_size == seen->st_size
           && now->st_mtim.tv_sec == seen->st_mtim.tv_sec
           && now->st_mtim.tv_nsec == seen->st_mtim.tv_nsec;
}

#endif
