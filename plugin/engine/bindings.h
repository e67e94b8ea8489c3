/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * To whom the dynamic linker binds the calls of a program that runs under the
 * stub, and what it loads: asked of the linker itself, once for each program,
 * without running the program.  Binding libxl with all that it needs takes
 * seconds on a slow host.
 */
#ifndef ENGINE_BINDINGS_H
#define ENGINE_BINDINGS_H

#include <stdbool.h>

#include "util/buffer.h"
#include "util/error.h"

enum { RELEASE_ROOM = 24 };

struct bindings {
    /*
     * "4.17", of the libxenguest that the program loads, by which the stub
     * chooses the core; empty: it loads none.
     */
    char release[RELEASE_ROOM];
    struct buffer symbols; /* that go to the stub, each followed by a '\n' */
};

/*
 * What the program would load and bind.  A program that is not there binds
 * nothing.  Below 0: the linker could not be asked.
 */
int bindings_read(const char *program, struct bindings *out,
                  struct xr_error *err);

/*
 * Do the program's calls of symbol go to the stub?  False: they go elsewhere,
 * or it has none.
 */
bool bindings_have(const struct bindings *bindings, const char *symbol);

void bindings_free(struct bindings *bindings);

#define CLEANUP_BINDINGS __attribute__((cleanup(bindings_free)))

/*
 * Is there a core for the release that this very process has loaded?  Without
 * one a save is as without the plugin: no hook runs, nothing is chosen.
 * -ENOENT or the like: no; also 0 if it has loaded none.
 */
int binding_check_own_core(struct xr_error *err);

#endif
