/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the functions of the public face share, and the names of its
 * enumerations.
 */
#include "config.h"

#include "lib/api.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "format/container.h"
#include "lib/client_wire.h"
#include "lib/events.h"
#include "lib/verify.h"
#include "util/buffer.h"
#include "util/reason.h"

int api_usage(struct xr_error *err)
{
    return error_because(err, XR_REASON_USAGE, EINVAL,
                         "a required argument is NULL");
}

int api_check_flags(unsigned flags, unsigned known, struct xr_error *err)
{
    if (!(flags & ~known))
        return 0;
    return error_because(err, XR_REASON_USAGE, EINVAL, "unknown flags: 0x%x",
                         flags & ~known);
}

int api_check_call(unsigned flags, unsigned known,
                   const struct xr_events *events, struct xr_error *err)
{
    struct xr_events ours;
    int r = api_check_flags(flags, known, err);

    return r ? r : events_take(events, &ours, err);
}

int api_open(const char *path, int flags, struct xr_error *err)
{
    int fd = open(path, flags | O_CLOEXEC);

    return fd < 0 ? error_errno(err, errno) : fd;
}

int api_name_path(const char *path, int r, struct xr_error *err)
{
    if (r && err && err->reason != XR_REASON_USAGE)
        error_name_file(err, path);
    return r;
}

const char *xr_version(void)
{
    return PACKAGE_VERSION;
}

const char *xr_reason_name(enum xr_reason reason)
{
    return reason_name(reason);
}

const char *xr_level_name(enum xr_level level)
{
    return wire_level_name(level);
}

_Static_assert((int)XR_CONTAINER_XL == (int)CONTAINER_XL
               && (int)XR_CONTAINER_LIBVIRT == (int)CONTAINER_LIBVIRT
               && (int)XR_CONTAINER_LIBXL == (int)CONTAINER_LIBXL
               && (int)XR_CONTAINER_LIBXC == (int)CONTAINER_LIBXC,
               "the numbers of containers are public");

const char *xr_container_name(enum xr_container container)
{
    return (unsigned)container > XR_CONTAINER_LIBXC
           ? container_name(CONTAINER_UNKNOWN)
           : container_name((enum container)container);
}

_Static_assert((int)XR_SEAL_ABSENT == (int)SEAL_ABSENT
               && (int)XR_SEAL_MATCH == (int)SEAL_MATCH
               && (int)XR_SEAL_MISMATCH == (int)SEAL_MISMATCH
               && (int)XR_SEAL_NOT_CHECKED == (int)SEAL_NOT_CHECKED,
               "the numbers of a seal's states are public");

const char *xr_seal_state_name(enum xr_seal_state state)
{
    return (unsigned)state > XR_SEAL_NOT_CHECKED
           ? seal_state_name(SEAL_NOT_CHECKED)
           : seal_state_name((enum seal_state)state);
}
