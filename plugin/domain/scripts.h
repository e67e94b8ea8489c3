/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The executables of the hook directory: what an administrator wants done at
 * the stages of a checkpoint, above all to the disks of a guest that stands
 * still (man 7 xen-resumable-hooks).
 *
 * They are run one after the other in the order of their names, as root, with
 * the stage and the domain in XR_ variables.  As with run-parts(8), a name of
 * other characters than letters, digits, "_" and "-" is passed over.
 */
#ifndef DOMAIN_SCRIPTS_H
#define DOMAIN_SCRIPTS_H

#include <stddef.h>

#include "util/error.h"
#include "xen/judge.h"

enum script_stage {
    STAGE_PRE_SUSPEND, /* the guest still runs; a failure: no checkpoint */
    STAGE_SUSPENDED,   /* its vCPUs stand still; a failure: it goes on */
    STAGE_RESUMED,     /* it runs again, and there is an image */
    STAGE_FAILED,      /* there is no image */
};

/* "pre-suspend", "suspended", "resumed", "failed". */
const char *script_stage_name(enum script_stage stage);

struct script_order {
    const char *dir;      /* NULL: the default, which need not exist */
    unsigned int timeout; /* seconds for each, a minute or more once the guest
                           * goes on; then it is killed, with all that it has
                           * started */
    const char *image;    /* where it is written; NULL: not known */
    unsigned int keep;    /* former images */
};

/*
 * The first that fails ends it: -EIO, with its name and what became of it.
 */
int scripts_run(const struct script_order *order, enum script_stage stage,
                const struct judgement *judgement, struct xr_error *err);

/*
 * Could they be run?  *count_out: how many there are.  -EACCES names one that
 * cannot be executed, or that others than root could have written.
 */
int scripts_examine(const char *dir, size_t *count_out, struct xr_error *err);

#endif
