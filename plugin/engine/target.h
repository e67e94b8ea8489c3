/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where an image is to be written: is anything there that must not be lost?
 *
 * Refused with XR_REASON_TARGET_IS_DISK is whatever a domain's bytes are kept
 * in, by device and inode (domain/held_disks.h); so is a new file in a file
 * system on a disk that a domain writes.  Only with force are allowed: a block
 * device (XR_REASON_TARGET_IS_DEVICE), and a file with content that is no save
 * image (XR_REASON_TARGET_IS_NO_IMAGE).
 */
#ifndef ENGINE_TARGET_H
#define ENGINE_TARGET_H

#include <stdbool.h>

#include "xen/connection.h"
#include "util/error.h"

/*
 * Where a symbolic link leads to, whether there is something or not; what is
 * there and no regular file keeps its name, and so does "-", standard output.
 * *out is to be freed.
 */
int target_resolve(const char *path, char **out, struct xr_error *err);

struct target {
    const char *path;  /* as target_resolve gives it; "-": standard output */
    unsigned int keep; /* so many former images move, and the last goes */
    bool force;
};

/* 0: nothing speaks against it.  -EPERM with one of the reasons above. */
int target_check(const struct connection *connection,
                 const struct target *target, struct xr_error *err);

/* The same of what was opened, to be written in place. */
int target_check_fd(const struct connection *connection,
                    const struct target *target, int fd, struct xr_error *err);

/*
 * The same two, for who needs no Xen.  Where there is none, as where images
 * are kept, there are no domains; who may not ask it, as in a guest, cannot
 * know of any.
 */
int target_check_here(const struct target *target, struct xr_error *err);
int target_check_fd_here(const struct target *target, int fd,
                         struct xr_error *err);

#endif
