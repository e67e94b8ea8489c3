/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/plugin_files.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *plugin_stub_path(void)
{
    const char *named = getenv("XR_PRELOAD");

    return named && *named ? named : PKGLIBDIR "/xen-resumable-preload.so";
}

char *plugin_core_path(void)
{
    const char *named = getenv("XR_CORE");

    return strdup(named && *named ? named
                  : PKGLIBDIR "/" XEN_RELEASE "/xen-resumable-core.so");
}

char *plugin_toolstack_file(const char *name)
{
    /* Debian's place; then Xen's own, installed as a package or by hand. */
    static const char *const folders[] = {
        "/usr/lib/xen-" XEN_RELEASE "/bin",
        "/usr/libexec/xen/bin",
        "/usr/lib/xen/bin",
        "/usr/local/libexec/xen/bin",
        "/usr/local/lib/xen/bin",
        "/usr/sbin",
        "/usr/local/sbin",
    };
    size_t i;

    for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        char *path;

        if (asprintf(&path, "%s/%s", folders[i], name) < 0)
            return NULL;
        if (!access(path, X_OK))
            return path;
        free(path);
    }
    return NULL;
}
