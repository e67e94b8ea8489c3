/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The executables of a folder, in the order of their names.  As with
 * run-parts(8), a name of other characters than letters, digits, "_" and "-"
 * is passed over.
 */
#ifndef DOMAIN_PROGRAM_FOLDER_H
#define DOMAIN_PROGRAM_FOLDER_H

#include <stdbool.h>
#include <stddef.h>

#include "util/error.h"

struct program_folder {
    char **paths;
    size_t count;
};

/* *out is to be freed.  -ENOENT: there is no such folder. */
int program_folder_read(const char *dir, struct program_folder *out,
                        struct xr_error *err);

/*
 * Root runs them: nobody else may have the last word on what they are, or on
 * which there are.  -EACCES, also for one that cannot be executed.
 */
int program_folder_examine(const char *dir, struct xr_error *err);
int program_examine(const char *path, struct xr_error *err);

/*
 * The folder that this one is in, in which another one could be put in its place,
 * and the program of that name in it, if there is one, which those of dir run.
 */
int program_folder_examine_above(const char *dir, const char *program,
                                 struct xr_error *err);

/* Would a file of this name be one of them? */
bool program_name_is_valid(const char *name);

void program_folder_free(struct program_folder *folder);

#define CLEANUP_PROGRAM_FOLDER __attribute__((cleanup(program_folder_free)))

#endif
