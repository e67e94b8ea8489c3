/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Has the daemon that looks after libvirt's guests the plugin, and which?
 * What is installed since it was started it has not.
 */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/daemon_maps.h"
#include "engine/doctor.h"
#include "engine/plugin_files.h"
#include "util/cleanup.h"
#include "virt/virt.h"

/* systemd's folders, the strongest first; PREFIX is where we are installed. */
static const char *const unit_dirs[] = {
    "/etc/systemd/system", "/run/systemd/system", UNITDIR,
    "/usr/lib/systemd/system", "/lib/systemd/system",
};

/* Is it to have the plugin?  /dev/null in a stronger folder says no. */
static bool is_to_have_plugin(const char *daemon)
{
    char path[PATH_MAX];
    struct stat st;
    size_t i;

    for (i = 0; i < sizeof(unit_dirs) / sizeof(unit_dirs[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s.service.d/xen-resumable.conf",
                 unit_dirs[i], daemon);
        if (!stat(path, &st))
            return S_ISREG(st.st_mode);
    }
    return false;
}

/* "4.17" of ".../4.17/xen-resumable-core.so"; "" where it cannot be told. */
static void core_release(const char *path, char out[24])
{
    const char *end = strrchr(path, '/'), *begin;

    *out = '\0';
    if (!end)
        return;
    for (begin = end; begin > path && begin[-1] != '/'; begin--)
        ;
    if (begin[0] >= '0' && begin[0] <= '9')
        snprintf(out, 24, "%.*s", (int)(end - begin), begin);
}

static bool is_installed_core(const struct mapped_file *core)
{
    CLEANUP_FREE char *path = NULL;
    char release[24];

    core_release(core->path, release);
    path = plugin_core_path(release);
    return path && mapped_file_is(core, path);
}

static void diagnose_without_plugin(struct diagnosis *e,
                                    const struct virt_process *p)
{
    if (is_to_have_plugin(p->name))
        diagnose(e, p->name, FINDING_BAD, "process %ld runs without the plugin: "
                 "it was started before that was installed. systemctl restart "
                 "%s gives it the plugin; its guests run on", (long)p->pid,
                 p->name);
    else
        diagnose(e, p->name, FINDING_NOTE, "process %ld runs without the "
                 "plugin, and saves and restores its guests as without it; "
                 "xen-resumable-install(7) says how it gets the plugin",
                 (long)p->pid);
}

static void diagnose_with_plugin(struct diagnosis *e,
                                 const struct virt_process *p)
{
    bool is_old = !mapped_file_is(&p->stub, plugin_stub_path());
    char release[24];

    if (*p->core.path)
        is_old = is_old || !is_installed_core(&p->core);
    core_release(p->core.path, release);
    if (is_old)
        diagnose(e, p->name, FINDING_BAD, "process %ld runs with another plugin "
                 "than the one that is installed: %s%s. systemctl restart %s "
                 "gives it that one; its guests run on", (long)p->pid,
                 p->stub.path, p->stub.is_gone ? ", which was replaced" : "",
                 p->name);
    else if (!*p->core.path)
        diagnose(e, p->name, FINDING_OK, "process %ld has the plugin; it loads "
                 "a core with its first guest", (long)p->pid);
    else
        diagnose(e, p->name, FINDING_OK, "process %ld has the plugin, with the "
                 "core for Xen %s", (long)p->pid, *release ? release : "?");
}

static void examine_daemon(struct diagnosis *e, const struct virt_process *p)
{
    if (!p->is_readable)
        diagnose(e, p->name, FINDING_NOTE, "what process %ld has mapped cannot "
                 "be read", (long)p->pid);
    else if (!p->has_libxl)
        diagnose(e, p->name, FINDING_OK, "process %ld does not look after Xen's "
                 "guests", (long)p->pid);
    else if (!*p->stub.path)
        diagnose_without_plugin(e, p);
    else
        diagnose_with_plugin(e, p);
}

/* As checkpoint asks it. */
static void examine_answer(struct diagnosis *e)
{
    struct virt_daemon daemon;
    struct xr_error err;
    int r = virt_read_daemon(&daemon, &err);

    if (!r)
        diagnose(e, "libvirt", FINDING_OK, "libvirt %s answers at %s",
                 daemon.daemon, daemon.uri);
    else
        diagnose(e, "libvirt", r == -EOPNOTSUPP ? FINDING_NOTE : FINDING_BAD,
                 "it cannot be asked about its guests: %s", err.message);
}

void examine_daemons(struct diagnosis *e)
{
    struct virt_process found[DAEMONS_MAX];
    size_t count = daemons_find(NULL, found), i;
    bool is_xens = false;

    if (!count)
        diagnose(e, "libvirt", FINDING_OK, "neither libvirtd nor virtxend "
                 "runs");
    for (i = 0; i < count; i++) {
        examine_daemon(e, &found[i]);
        is_xens = is_xens || found[i].has_libxl;
    }
    if (is_xens)
        examine_answer(e);
}
