/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * exec from within: exec.c prepares the command, exec_save.c looks after
 * saves.
 */
#ifndef ENGINE_EXEC_STATE_H
#define ENGINE_EXEC_STATE_H

#include "domain/stages.h"
#include "engine/exec.h"
#include "engine/toolstack.h"
#include "xen/configuration.h"
#include "xen/judge.h"
#include "xen/store.h"

struct exec {
    const struct events *events;
    struct exec_options options;
    struct config config;
    struct toolstack_command command;
    struct judgement judgement; /* of a save's domain */
};

/*
 * Tells the command and its hooks, by the environment, and puts the stub
 * before what is preloaded already.  stages: a checkpoint's, or NULL.  Says so
 * if it cannot.
 */
int exec_announce(struct exec *exec, const struct stages *stages,
                  struct xr_error *err);

/*
 * Before "xl save -c": says so where disks are not kept.  -EPERM with
 * XR_REASON_DISK_NOT_KEPT: all of them were to be, by the configuration.
 */
int exec_ask_about_disks(const struct exec *exec, struct store *store,
                         struct xr_error *err);

/* "xl save" and "xl save -c", looked after; as exec_run. */
int exec_save(struct exec *exec, char **argv, int *status_out,
              struct xr_error *err);
int exec_checkpoint(struct exec *exec, char **argv, int *status_out,
                    struct xr_error *err);

#endif
