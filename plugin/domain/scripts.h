/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The executables of the hook directory: what an administrator wants done at
 * the stages of a checkpoint, above all to the disks of a guest that stands
 * still (man 7 xen-resumable-hooks).
 *
 * They are run one after the other in the order of their names, as root, with
 * no environment but the one that they are given.  As with run-parts(8), a
 * name of other characters than letters, digits, "_" and "-" is passed over.
 */
#ifndef DOMAIN_SCRIPTS_H
#define DOMAIN_SCRIPTS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "util/error.h"

struct script_order {
    const char *dir;    /* NULL: the default, which need not exist */
    unsigned int limit; /* seconds for each; then it is ended, with all that
                         * it has started */
    char *const *environment; /* all that they get */

    /*
     * For who goes on if this process is killed; each may be NULL.  The
     * process group of what is running now, 0 in between; and how many were
     * begun: those are passed over.
     */
    _Atomic int32_t *running;
    _Atomic uint32_t *begun;
};

/*
 * The first that fails ends it: -EIO, with its name and what became of it.
 */
int scripts_run(const struct script_order *order, struct xr_error *err);

/*
 * Could they be run?  *count_out: how many there are.  -EACCES names one that
 * cannot be executed, or that others than root could have written.
 */
int scripts_examine(const char *dir, size_t *count_out, struct xr_error *err);

#endif
