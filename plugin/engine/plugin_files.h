/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where the plugin's files and the toolstack's programs lie.
 */
#ifndef ENGINE_PLUGIN_FILES_H
#define ENGINE_PLUGIN_FILES_H

#include <stdbool.h>

#include "util/error.h"

/* The stub; XR_PRELOAD names it in an uninstalled tree.  Not to be freed. */
const char *plugin_stub_path(void);

/* Has what is executed from now on run under the stub. */
int plugin_preload(struct xr_error *err);

/* Does this process run under it? */
bool plugin_is_preloaded(void);

/*
 * The core that the stub loads in a process of that release of Xen; XR_CORE
 * names it in an uninstalled tree.  To be freed; NULL: no memory.
 */
char *plugin_core_path(const char *release);

/*
 * The releases that a core is installed for: "4.14, 4.17".  To be freed;
 * NULL: none.
 */
char *plugin_core_releases(void);

/*
 * The program itself (a distribution's xl may be a shell script in front of
 * it), for this command's release of Xen.  To be freed; NULL: not found.
 */
char *plugin_toolstack_file(const char *name);

#endif
