/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What exec was asked for, and its saves.
 */
#ifndef CLI_EXEC_H
#define CLI_EXEC_H

#include <stdbool.h>

#include "cli/toolstack.h"
#include "domain/stages.h"
#include "xen/configuration.h"
#include "xen/judge.h"

struct exec_plan {
    struct toolstack_command command;
    char **options;             /* exec's own, from the verb on */
    int options_count;
    struct config config;       /* the file's, overruled by the options */
    bool force;                 /* give up what is no image */
    struct judgement judgement; /* of a checkpoint's domain */
};

/*
 * Tells the command and its hooks, by the environment, and puts the stub before
 * what is preloaded already.  stages: a checkpoint's, or NULL.  False after a
 * complaint.
 */
bool exec_announced(const struct exec_plan *plan, const struct stages *stages);

/* "xl save" and "xl save -c", looked after.  The exit status. */
int exec_save(struct exec_plan *plan, char **argv);
int exec_checkpoint(struct exec_plan *plan, char **argv);

#endif
