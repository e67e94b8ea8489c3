/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where the images of a series are: DIR/NAME/2026-11-27T030005Z.img, with the
 * guest's name, and the time in UTC at which its checkpoint began.  A file of
 * any other name is somebody's own: it is listed, and nothing removes it.
 */
#ifndef ENGINE_SERIES_H
#define ENGINE_SERIES_H

#include <stdbool.h>
#include <time.h>

#include "engine/events.h"
#include "util/error.h"

/* Where nobody has said another folder. */
#define SERIES_DIR "/var/lib/xen-resumable"

enum { SERIES_FILE_SIZE = 32 };

/*
 * The folder: the one that is wished for (if not empty), or else the
 * configuration's, or else SERIES_DIR.  To be freed; NULL: out of memory.
 */
char *series_dir(const char *wish, const struct events *events);

/*
 * Is the folder one in which nobody but this user, or root, could have put
 * what is there?  -EACCES if not.  A symbolic link to it is followed.
 */
int series_check_folder(const char *path, struct xr_error *err);

/* "2026-11-27T030005Z.img"; empty for a time that has no such name. */
void series_file_name(time_t when, char out[SERIES_FILE_SIZE]);

/* Is it such a name?  when_out may be NULL. */
bool series_file_time(const char *file, time_t *when_out);

/* Can it be a folder's name?  A guest may be called "..", or "a/b". */
bool series_takes_guest(const char *name);

/*
 * Removes what checkpoints that were killed have left in a guest's folder:
 * each had a name of its own, so that no later one finds it.
 */
void series_clear(const char *folder, const struct events *events);

/* DIR/NAME, to be freed; NULL: out of memory. */
char *series_path(const char *dir, const char *name);

#endif
