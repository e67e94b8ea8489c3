/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/plugin_files.h"

#include <errno.h>
#include <glob.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/buffer.h"
#include "util/cleanup.h"

#define CORE_FILE "xen-resumable-core.so"

const char *plugin_stub_path(void)
{
    const char *named = secure_getenv("XR_PRELOAD");

    return named && *named ? named : PKGLIBDIR "/xen-resumable-preload.so";
}

/* A list as ld.so reads it; a stub of another name is another one. */
bool plugin_is_preloaded(void)
{
    const char *stub = plugin_stub_path(), *entry = getenv("LD_PRELOAD");
    size_t n;

    for (; entry && *entry; entry += n + !!entry[n]) {
        n = strcspn(entry, ": ");
        if (n == strlen(stub) && !strncmp(entry, stub, n))
            return true;
    }
    return false;
}

int plugin_preload(struct xr_error *err)
{
    const char *old = getenv("LD_PRELOAD");
    CLEANUP_FREE char *value = NULL;

    if (access(plugin_stub_path(), R_OK))
        return error_system(err, errno, "%s", plugin_stub_path());
    if (plugin_is_preloaded())
        return 0;
    if (asprintf(&value, "%s%s%s", plugin_stub_path(), old && *old ? ":" : "",
                 old ? old : "") < 0)
        value = NULL;
    if (!value || setenv("LD_PRELOAD", value, 1))
        return error_set(err, ENOMEM, "out of memory");
    return 0;
}

char *plugin_core_path(const char *release)
{
    const char *named = getenv("XR_CORE");
    char *path;

    if (named && *named)
        return strdup(named);
    return asprintf(&path, PKGLIBDIR "/%s/" CORE_FILE, release) < 0 ? NULL
                                                                    : path;
}

char *plugin_core_releases(void)
{
    static const char before[] = PKGLIBDIR "/";
    struct buffer text = { 0 };
    glob_t found = { 0 };
    size_t i;

    if (glob(PKGLIBDIR "/*/" CORE_FILE, 0, NULL, &found))
        return NULL;
    for (i = 0; i < found.gl_pathc; i++) {
        const char *release = found.gl_pathv[i] + sizeof(before) - 1;

        buffer_printf(&text, "%s%.*s", i ? ", " : "",
                      (int)strcspn(release, "/"), release);
    }
    globfree(&found);
    return buffer_steal(&text);
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
