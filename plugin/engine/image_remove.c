/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/image_remove.h"

#include <errno.h>
#include <stdbool.h>
#include <unistd.h>

#include "engine/side_file.h"
#include "util/fault.h"

static bool is_what_was_seen(const struct stat *now, const struct stat *seen)
{
    return S_ISREG(now->st_mode) && now->st_dev == seen->st_dev
           && now->st_ino == seen->st_ino && now->st_size == seen->st_size
           && now->st_mtim.tv_sec == seen->st_mtim.tv_sec
           && now->st_mtim.tv_nsec == seen->st_mtim.tv_nsec;
}

/* A checkpoint that ends gives its image a name under the same lock. */
int image_remove(const char *path, const struct stat *seen,
                 struct xr_error *err)
{
    CLEANUP_SIDE_FILES_LOCK int lock = -1;
    struct stat now;
    int r = side_files_lock(&lock, err);

    if (r)
        return r;
    if (lstat(path, &now))
        return errno == ENOENT ? 0 : error_system(err, errno, "it stays");
    if (!is_what_was_seen(&now, seen))
        return error_because(err, XR_REASON_LOCKED, EBUSY, "it was changed or "
                             "replaced meanwhile: it stays");
    r = fault_step("the removal", err);
    if (!r && unlink(path) && errno != ENOENT)
        r = error_system(err, errno, "it stays");
    return r;
}
