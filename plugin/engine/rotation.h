/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Gives a new image its name, and the former ones theirs: PATH becomes PATH.1,
 * that one PATH.2, up to PATH.KEEP.  After a failure each has its old name
 * again.
 *
 * Whenever it is killed, each former image is there, under PATH, one of these
 * names, or, if it is the one that is to go, ".PATH.RANDOM.former" beside
 * them; the next rotation goes on where it was.  The one that is to go is
 * removed when the new image has its name.
 */
#ifndef ENGINE_ROTATION_H
#define ENGINE_ROTATION_H

#include "util/error.h"

/*
 * Which image such a rotation removes; *out, to be freed, is NULL where none
 * goes.  Under the side files' lock it is still so when rotation_commit comes.
 */
int rotation_victim(const char *path, unsigned int keep, char **out,
                    struct xr_error *err);

/* new: in the same folder as path, which is no symbolic link. */
int rotation_commit(const char *path, const char *new, unsigned int keep,
                    struct xr_error *err);

#endif
