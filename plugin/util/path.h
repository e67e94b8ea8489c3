/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a path says by itself; nothing here looks at a file. */
#ifndef UTIL_PATH_H
#define UTIL_PATH_H

#include <stdbool.h>
#include <string.h>

/* A part of path; empty if it ends with a slash. */
static inline const char *path_base(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

/* Does path lead to a program of this name, as far as one can tell? */
static inline bool path_names(const char *path, const char *name)
{
    return !strcmp(path_base(path), name);
}

/* "-" in place of a file to write. */
static inline bool path_is_stdout(const char *path)
{
    return !strcmp(path, "-");
}

#endif
