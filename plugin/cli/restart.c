/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/restart.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/cli.h"
#include "engine/plugin_files.h"
#include "util/cleanup.h"

int restart_under_stub(const char *verb, char **argv)
{
    CLEANUP_FREE char **all = NULL;
    char self[4096];
    struct xr_error err;
    ssize_t n;
    size_t i, count = 0;

    while (argv[count])
        count++;
    all = calloc(count + 2, sizeof(*all));
    if (!all) {
        error_set(&err, ENOMEM, "out of memory");
        return complain_error(verb, &err);
    }
    all[0] = (char *)"xen-resumable";
    for (i = 0; i < count; i++)
        all[i + 1] = argv[i];
    /* By its name, which it is found under in a list of processes. */
    n = readlink("/proc/self/exe", self, sizeof(self) - 1);
    self[n < 0 ? 0 : n] = '\0';
    if (!plugin_preload(&err)) {
        execv(self, all);
        error_system(&err, errno, "cannot start under the plugin");
    }
    return complain_error(verb, &err);
}
