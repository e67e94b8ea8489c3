/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A save is looked after (exec_save.c); everything else is become.  An xl that
 * the command starts in turn comes back to a new exec (handover.h).
 */
#include "config.h"

#include "engine/exec.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "domain/request.h"
#include "engine/configuration.h"
#include "engine/exec_state.h"
#include "engine/handover.h"
#include "engine/plugin_files.h"

struct exec *exec_new(const struct events *events)
{
    struct exec *e = calloc(1, sizeof(*e));

    if (!e)
        return NULL;
    e->events = events;
    configuration_read(&e->config, events);
    e->options = (struct exec_options){
        .policies = e->config.policies,
        .watch = e->config.watch,
    };
    return e;
}

void exec_free(struct exec *e)
{
    if (!e)
        return;
    judgement_free(&e->judgement);
    config_free(&e->config);
    free(e);
}

struct exec_options *exec_options(struct exec *e)
{
    return &e->options;
}

/* What the hooks are to know. */
static int announce_to_hooks(const struct exec *e, const struct stages *stages,
                             struct xr_error *err)
{
    static const enum intent intents[] = {
        [TOOLSTACK_OTHER] = INTENT_UNKNOWN,
        [TOOLSTACK_SAVE] = INTENT_SAVE,
        [TOOLSTACK_CHECKPOINT] = INTENT_CHECKPOINT,
    };
    struct request request = {
        .intent = intents[e->command.intent],
        .policies = e->options.policies,
        .live = e->config.live == LIVE_CHECKPOINTS,
        .image = e->command.file,
        .progress_fd = -1,
        .stages_fd = -1,
    };
    int r = stages ? stages_announce(stages, &request, err) : 0;

    if (!r)
        r = request_announce(&request, err);
    if (r)
        return r;
    r = e->command.is_xl || e->command.is_sudo
        ? handover_withdraw()
        : handover_offer(e->options.word_count, e->options.words);
    return r ? error_system(err, -r, "the environment") : 0;
}

static int not_started(const struct exec *e, int r, struct xr_error *err)
{
    error_errno(err, -r);
    return events_fail(e->events, "the command was not started", err);
}

int exec_announce(struct exec *e, const struct stages *stages,
                  struct xr_error *err)
{
    int r = announce_to_hooks(e, stages, err);

    if (r)
        return events_fail(e->events, "the command was not started", err);
    r = plugin_preload(err);
    return r ? events_fail(e->events, "exec", err) : 0;
}

/* Returns on failure only. */
static int become_command(struct exec *e, int argc, char **argv,
                          struct xr_error *err)
{
    int r = handover_behind_sudo(argc, argv, e->options.word_count,
                                 e->options.words, &argv);

    if (r)
        return not_started(e, r, err);
    r = exec_announce(e, NULL, err);
    if (r)
        return r;
    execvp(argv[0], argv);
    error_errno(err, errno);
    return events_fail(e->events, argv[0], err);
}

int exec_run(struct exec *e, int argc, char **argv, int *status_out,
             struct xr_error *err)
{
    int r = toolstack_parse(argc, argv, &e->command);

    *status_out = EXEC_FAILED;
    if (r)
        return not_started(e, r, err);
    switch (e->command.intent) {
    case TOOLSTACK_CHECKPOINT:
        return exec_checkpoint(e, argv, status_out, err);
    case TOOLSTACK_SAVE:
        return exec_save(e, argv, status_out, err);
    case TOOLSTACK_OTHER:
        break;
    }
    return become_command(e, argc, argv, err);
}
