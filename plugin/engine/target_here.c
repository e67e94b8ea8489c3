/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The check of a target where there may be no Xen, and so no domains.
 */
#include "config.h"

#include <unistd.h>

#include "engine/target.h"

static bool there_is_xen(void)
{
    return !access("/dev/xen/privcmd", F_OK)
           || !access("/proc/xen/privcmd", F_OK);
}

static int forgive_not_allowed(int r, const struct xr_error *err)
{
    return r && err->reason != XR_REASON_NOT_ALLOWED ? r : 0;
}

int target_check_here(const struct target *target, struct xr_error *err)
{
    CLEANUP_CONNECTION struct connection connection = { 0 };
    int r = there_is_xen() ? connection_open(&connection, err) : 0;

    if (!r && connection.xch)
        r = target_check(&connection, target, err);
    return forgive_not_allowed(r, err);
}

int target_check_fd_here(const struct target *target, int fd,
                         struct xr_error *err)
{
    CLEANUP_CONNECTION struct connection connection = { 0 };
    int r = there_is_xen() ? connection_open(&connection, err) : 0;

    if (!r && connection.xch)
        r = target_check_fd(&connection, target, fd, err);
    return forgive_not_allowed(r, err);
}
