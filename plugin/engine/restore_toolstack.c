/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libvirt restores its images by virsh, not by a call of its library: who
 * waits for the end of a restore when its parent was killed waits for a
 * process.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/restore_state.h"
#include "virt/virt.h"

/* As execvp() looks for it. */
static bool is_in_path(const char *program)
{
    const char *folder = getenv("PATH");
    char path[4096];
    size_t n;

    for (; folder && *folder; folder += n + !!folder[n]) {
        n = strcspn(folder, ":");
        if ((size_t)snprintf(path, sizeof(path), "%.*s/%s", (int)n, folder,
                             program) < sizeof(path) && !access(path, X_OK))
            return true;
    }
    return false;
}

int restore_ask_toolstack(const struct restore *r, struct xr_error *err)
{
    struct virt_daemon daemon;
    int status;

    if (r->image.container != CONTAINER_LIBVIRT)
        return 0;
    if (!is_in_path("virsh"))
        return error_because(err, XR_REASON_NO_LIBVIRT, ENOENT, "it is "
                             "libvirt's, and there is no virsh here, which "
                             "restores it: install libvirt's clients");
    status = virt_read_daemon(&daemon, err);
    return status == -EOPNOTSUPP ? 0 : status;
}
