/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The files of the locks: where they lie, that nobody but root can put
 * anything there, and which of their bytes are locked.
 */
#ifndef DOMAIN_LOCK_FILE_H
#define DOMAIN_LOCK_FILE_H

#include <stdbool.h>

#include "util/error.h"

enum lock_byte {
    LOCK_BYTE_OPERATION,
    LOCK_BYTE_STREAM,
};

/*
 * The file of that name, for reading and writing.  With create, the folder and
 * the file are made if need be; else -ENOENT if there is none.  Refused, with
 * -EPERM, is what is not our own user's alone, and with -EINVAL, what is no
 * regular file.
 */
int lock_file_open(const char *name, bool create, struct xr_error *err);

/* Is it still the file of that name, or was it removed since? */
bool lock_file_is_current(int fd, const char *name);

void lock_file_remove(const char *name);

/* False if another one has the byte. */
bool lock_file_lock(int fd, enum lock_byte byte);
void lock_file_unlock(int fd, enum lock_byte byte);

/* Does anybody else have it?  Who has it by this very fd is nobody else. */
bool lock_file_is_locked(int fd, enum lock_byte byte);

#endif
