/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * To whom the dynamic linker binds a symbol when a program runs under the
 * stub, and what it loads: asked of the linker itself, without running the
 * program.
 */
#ifndef ENGINE_BINDINGS_H
#define ENGINE_BINDINGS_H

#include "util/error.h"

enum { RELEASE_ROOM = 24 };

/*
 * 1: the program's calls of symbol go to the stub; 0: they go elsewhere, or
 * it has none.  Below 0: it could not be asked.
 */
int binding_find(const char *program, const char *symbol,
                 struct xr_error *err);

/*
 * The release, "4.17", of the libxenguest that the program loads, by which
 * the stub chooses the core.  0: found; -ENOENT: it loads none.
 */
int binding_release(const char *program, char release_out[RELEASE_ROOM],
                    struct xr_error *err);

/*
 * Is there a core for the release that this very process has loaded?  Without
 * one a save is as without the plugin: no hook runs, nothing is chosen.
 * -ENOENT or the like: no; also 0 if it has loaded none.
 */
int binding_check_own_core(struct xr_error *err);

#endif
