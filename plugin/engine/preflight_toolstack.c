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

#include "engine/preflight.h"
#include "virt/virt.h"

/* As execvp() looks for it. */
static bool is_in_path(const char *program)
{
    const char *folder = getenv("PATH");
    char path[4096];
    size_t n;

    if (!folder)
        folder = "/bin:/usr/bin";
    for (; *folder; folder += n + !!folder[n]) {
        n = strcspn(folder, ":");
        if ((size_t)snprintf(path, sizeof(path), "%.*s/%s", (int)n,
                             n ? folder : ".", program) < sizeof(path)
            && !access(path, X_OK))
            return true;
    }
    return false;
}

int preflight_find_virsh(struct xr_error *err)
{
    return is_in_path("virsh")
           ? 0 : error_because(err, XR_REASON_NO_LIBVIRT, ENOENT, "there is "
                               "no virsh here, which restores images of "
                               "libvirt's: install libvirt's clients");
}

/*
 * libvirt keeps it for the next start, which would have the guest's former
 * memory over disks that have gone on.
 */
static void warn_of_managed_save(const struct domain_config *config,
                                 struct preflight *out)
{
    CLEANUP_VIRT_DOMAIN struct virt_domain found = { .domid = 0 };
    struct preflight_finding *finding;

    if (!config || !config->uuid
        || virt_find_domain(config->uuid, &found, NULL)
        || !found.has_managed_save)
        return;
    finding = preflight_add(out, "libvirt", VERDICT_UNKNOWN, "it has a "
                            "managed save of %.60s, to which the next virsh "
                            "start goes back, over whatever its disks are by "
                            "then: virsh managedsave-remove %.60s", found.name,
                            found.name);
    if (finding)
        finding->is_warning = true;
}

/* Where this build cannot ask, virsh may be able to. */
static void ask_daemon(struct preflight *out)
{
    struct virt_daemon daemon;
    struct xr_error err;
    int r = virt_read_daemon(&daemon, &err);

    if (!r)
        preflight_add(out, "libvirt", VERDICT_YES, "libvirt %s answers at %s",
                      daemon.daemon, daemon.uri);
    else
        preflight_add(out, "libvirt", r == -EOPNOTSUPP ? VERDICT_UNKNOWN
                                                       : VERDICT_NO,
                      "%.200s", err.message);
}

void preflight_ask_toolstack(const struct save_image *image,
                             const struct domain_config *config,
                             struct preflight *out)
{
    struct xr_error err;

    if (image->container != CONTAINER_LIBVIRT)
        return;
    if (preflight_find_virsh(&err)) {
        preflight_add(out, "libvirt", VERDICT_NO, "%s", err.message);
        return;
    }
    ask_daemon(out);
    if (out->answer != VERDICT_NO)
        warn_of_managed_save(config, out);
}
