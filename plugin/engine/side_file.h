/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a checkpoint puts beside its image: ".NAME.RANDOM.partial" while it is
 * written, ".NAME.RANDOM.former" for the former image that is to go.  Neither
 * is ever another's: names are made up and files made new, and while one is
 * written, its writers have a lock on it.
 */
#ifndef ENGINE_SIDE_FILE_H
#define ENGINE_SIDE_FILE_H

#include <stdbool.h>

#include "util/error.h"

enum side_file {
    SIDE_FILE_PARTIAL,
    SIDE_FILE_FORMER,
};

/* A name that nobody has yet, to be freed; NULL: out of memory. */
char *side_file_name(const char *path, enum side_file kind);

/* Is it the name, without a folder, of such a file, of whatever image? */
bool side_file_is_one(const char *file, enum side_file *kind_out);

/*
 * A new file of that name, mode 0600, with the lock, which goes on as long as
 * any process has the descriptor.
 */
int side_file_create(const char *name, struct xr_error *err);

/*
 * Removes those of path that nobody has locked, which a checkpoint that was
 * killed has left.  Returns how many they were.
 */
unsigned int side_files_remove(const char *path, enum side_file kind);

/*
 * While somebody has it, nobody else on this host makes, removes or renames
 * such files.  *lock_out is -1 where there can be no locks at all; then it
 * goes on without.  -EBUSY: somebody has it for a minute.
 */
int side_files_lock(int *lock_out, struct xr_error *err);

/* Accepts -1; keeps errno. */
void side_files_unlock(int *lock);

#define CLEANUP_SIDE_FILES_LOCK __attribute__((cleanup(side_files_unlock)))

#endif
