/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A command of an unmodified toolstack, or what starts one, under the plugin.
 * "xl save" is looked after: its domain is asked about before xl opens its
 * file, and after a checkpoint it is seen whether the guest goes on.
 */
#ifndef ENGINE_EXEC_H
#define ENGINE_EXEC_H

#include <stdbool.h>

#include "engine/events.h"
#include "verdict/action.h"

struct exec_options {
    struct policies policies;
    unsigned int watch;   /* seconds */
    bool force;           /* give up what is no image */
    char *const *words;   /* how exec itself was called, up to the command: for
                           * an exec that an xl further down is handed to */
    int word_count;
};

struct exec;

/* As for engine/checkpoint.h. */
struct exec *exec_new(const struct events *events);
void exec_free(struct exec *exec);
struct exec_options *exec_options(struct exec *exec);

/* Exit statuses that are not the command's. */
enum {
    EXEC_REFUSED = 1, /* or the guest did not go on */
    EXEC_FAILED = 2,  /* the command could not be run */
};

/*
 * Runs the command, or becomes it and does not return.  *status_out is set in
 * any case.  A failure: the command was not started (the domain was not
 * touched), or it succeeded and the guest did not go on.  All was said.
 */
int exec_run(struct exec *exec, int argc, char **argv, int *status_out,
             struct xr_error *err);

#endif
