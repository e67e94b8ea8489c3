/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * exec: an unmodified toolstack under the plugin.  A save is looked after
 * (cli/exec_save.c); everything else is become.  An xl that the command starts in
 * turn comes back here (cli/handover.h).
 */
#include "config.h"

#include "cli/exec.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/configuration.h"
#include "cli/handover.h"
#include "cli/options_common.h"
#include "cli/plugin_files.h"
#include "util/cleanup.h"
#include "verdict/action.h"

static const struct option_row exec_rows[] = {
    {
        .name = "on-not-resumable",
        SETS_CHOICE(struct exec_plan, config.policies.on_not_resumable,
                    policy_choices, ALLOW(POLICY_REFUSE) | ALLOW(POLICY_HOLD)
                                    | ALLOW(POLICY_FORCE)),
        .help = "what 'xl save -c' does with a guest that a resume would "
                "kill: do not even suspend it (refuse, the default); write "
                "the image and leave it suspended (hold); resume it all the "
                "same (force)",
    },
    {
        .name = "on-unknown",
        SETS_CHOICE(struct exec_plan, config.policies.on_unknown,
                    policy_choices, ALLOW(POLICY_PROCEED)
                                    | ALLOW(POLICY_REFUSE)
                                    | ALLOW(POLICY_HOLD)),
        .help = "the same for a guest of which nothing is known; do as the "
                "toolstack asks (proceed, the default)",
    },
    WATCH_ROW(struct exec_plan, config.watch,
              "how long a guest is watched after 'xl save -c' (4)"),
    { .name = "force", SETS_FLAG(struct exec_plan, force),
      .help = "let 'xl save' write over a block device, or give up a file "
              "that is no save image" },
    { .name = NULL },
};

static int cmd_exec(int argc, char **argv);

const struct verb verb_exec = {
    .name = "exec",
    .run = cmd_exec,
    .synopsis = "-- COMMAND...",
    .summary = "run a toolstack command under the plugin",
    .description = "Runs COMMAND, a toolstack such as xl or what starts it, "
                   "under the plugin.",
    .options = exec_rows,
    .footer = "The defaults can be set in xen-resumable.conf.",
    .exit_status = "that of COMMAND; 1 if a save was refused or the guest did "
                   "not go on after a checkpoint; 2 if COMMAND could not be "
                   "run.",
    .operands = { { "COMMAND", OFFER_COMMAND } },
    .least = 1,
    .most = OPERANDS_ANY,
    .expected = "which command?",
    .ends_at_operand = true,
};

/* What the hooks are to know. */
static int announce(const struct exec_plan *plan)
{
    static const char *const intents[] = {
        [TOOLSTACK_OTHER] = NULL,
        [TOOLSTACK_SAVE] = "save",
        [TOOLSTACK_CHECKPOINT] = "checkpoint",
    };
    const char *intent = intents[plan->command.intent];

    if (intent ? setenv("XR_INTENT", intent, 1) : unsetenv("XR_INTENT"))
        return -errno;
    if (setenv("XR_ON_NOT_RESUMABLE",
               policy_name(plan->config.policies.on_not_resumable), 1)
        || setenv("XR_ON_UNKNOWN",
                  policy_name(plan->config.policies.on_unknown), 1))
        return -errno;
    if (plan->command.file ? setenv("XR_IMAGE", plan->command.file, 1)
                           : unsetenv("XR_IMAGE"))
        return -errno;
    if (plan->command.is_xl || plan->command.is_sudo)
        return handover_withdraw();
    return handover_offer(plan->options_count, plan->options);
}

bool exec_announced(const struct exec_plan *plan)
{
    int r = announce(plan);

    if (r)
        complain("the command was not started: %s", strerror(-r));
    return !r && !plugin_preload();
}

/* Becomes the command. */
static int become(struct exec_plan *plan, int argc, char **argv)
{
    int r = handover_behind_sudo(argc, argv, plan->options_count,
                                 plan->options, &argv);

    if (r) {
        complain("the command was not started: %s", strerror(-r));
        return STATUS_ERROR;
    }
    if (!exec_announced(plan))
        return STATUS_ERROR;
    execvp(argv[0], argv);
    complain("%s: %s", argv[0], strerror(errno));
    return STATUS_ERROR;
}

static void plan_free(struct exec_plan *plan)
{
    judgement_free(&plan->judgement);
    config_free(&plan->config);
}

static int cmd_exec(int argc, char **argv)
{
    CLEANUP(plan_free) struct exec_plan plan = { 0 };
    int first;

    configuration_read(&plan.config);
    first = options_parse(&verb_exec, argc, argv, &plan);
    if (first < 0)
        return -1 - first;
    plan.options = argv;
    plan.options_count = first;
    argc -= first;
    argv += first;
    if (toolstack_parse(argc, argv, &plan.command)) {
        complain("out of memory");
        return STATUS_ERROR;
    }
    switch (plan.command.intent) {
    case TOOLSTACK_CHECKPOINT:
        return exec_checkpoint(&plan, argv);
    case TOOLSTACK_SAVE:
        return exec_save(&plan, argv);
    case TOOLSTACK_OTHER:
        break;
    }
    return become(&plan, argc, argv);
}
