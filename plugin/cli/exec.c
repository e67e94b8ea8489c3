/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * exec: an unmodified toolstack under the plugin.  A save is looked after
 * (cli/exec_save.c); everything else is become.  An xl that the command starts in
 * turn comes back here (cli/handover.h).
 */
#include "config.h"

#include "cli/exec.h"

#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/configuration.h"
#include "cli/handover.h"
#include "cli/plugin_files.h"
#include "util/cleanup.h"
#include "util/number.h"
#include "verdict/action.h"

static void print_help(void)
{
    printf("Usage: xen-resumable exec [OPTIONS] -- COMMAND...\n"
           "Runs COMMAND, a toolstack such as xl or what starts it, under "
           "the plugin.\n"
           "\n"
           "  --on-not-resumable=refuse|hold|force\n"
           "              what 'xl save -c' does with a guest that a resume "
           "would kill:\n"
           "              do not even suspend it (refuse, the default); "
           "write the image\n"
           "              and leave it suspended (hold); resume it all the "
           "same (force)\n"
           "  --on-unknown=proceed|refuse|hold\n"
           "              the same for a guest of which nothing is known\n"
           "  --watch=SECONDS\n"
           "              how long a guest is watched after 'xl save -c' "
           "(4)\n"
           "  --force     let 'xl save' write over a block device, or give up a "
           "file that\n"
           "              is no save image\n"
           "The defaults can be set in xen-resumable.conf.\n"
           "\n"
           "Exit status: that of COMMAND; 1 if a save was refused or the "
           "guest did not go\n"
           "on after a checkpoint; 2 if COMMAND could not be run.\n");
}

/* What the hooks are to know. */
static int announce(const struct exec_plan *plan, const struct stages *stages,
                    struct xr_error *err)
{
    static const enum intent intents[] = {
        [TOOLSTACK_OTHER] = INTENT_UNKNOWN,
        [TOOLSTACK_SAVE] = INTENT_SAVE,
        [TOOLSTACK_CHECKPOINT] = INTENT_CHECKPOINT,
    };
    struct request request = {
        .intent = intents[plan->command.intent],
        .policies = plan->config.policies,
        .live = plan->config.live == LIVE_CHECKPOINTS,
        .image = plan->command.file,
        .hook_dir = plan->config.hook_dir,
        .progress_fd = -1,
        .stages_fd = -1,
    };
    int r = stages ? stages_announce(stages, &request, err) : 0;

    if (!r)
        r = request_announce(&request, err);
    if (r)
        return r;
    r = plan->command.is_xl || plan->command.is_sudo
        ? handover_withdraw()
        : handover_offer(plan->options_count, plan->options);
    return r ? error_system(err, -r, "the environment") : 0;
}

bool exec_announced(const struct exec_plan *plan, const struct stages *stages)
{
    struct xr_error err;
    int r = announce(plan, stages, &err);

    if (r)
        complain("the command was not started: %s", err.message);
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
    if (!exec_announced(plan, NULL))
        return STATUS_ERROR;
    execvp(argv[0], argv);
    complain("%s: %s", argv[0], strerror(errno));
    return STATUS_ERROR;
}

/* The plan and the index of COMMAND; below 0: exit status is -1 - value. */
static int parse(int argc, char **argv, struct exec_plan *plan)
{
    static const struct option options[] = {
        { "help", no_argument, NULL, 'h' },
        { "on-not-resumable", required_argument, NULL, 'n' },
        { "on-unknown", required_argument, NULL, 'u' },
        { "watch", required_argument, NULL, 'w' },
        { "force", no_argument, NULL, 'f' },
        { NULL, 0, NULL, 0 },
    };
    enum policy policy;
    uint64_t watch;
    int option;

    while ((option = getopt_long(argc, argv, "+h", options, NULL)) != -1) {
        switch (option) {
        case 'h':
            print_help();
            return -1 - finish_output(STATUS_YES);
        case 'n':
        case 'u':
            if (!policy_from_name(optarg, &policy) || policy == POLICY_RESTORE
                || (option == 'n' && policy == POLICY_PROCEED)
                || (option == 'u' && policy == POLICY_FORCE)) {
                complain("%s: not a policy that exec can carry out", optarg);
                return -1 - complain_usage("exec");
            }
            *(option == 'n' ? &plan->config.policies.on_not_resumable
                            : &plan->config.policies.on_unknown) = policy;
            break;
        case 'w':
            if (!number_parse(optarg, &watch) || watch > WATCH_SECONDS_MAX) {
                complain("--watch=%s: 0 to %d seconds are expected", optarg,
                         WATCH_SECONDS_MAX);
                return -1 - complain_usage("exec");
            }
            plan->config.watch = (unsigned int)watch;
            break;
        case 'f':
            plan->force = true;
            break;
        default:
            return -1 - complain_usage("exec");
        }
    }
    if (optind >= argc) {
        complain("exec: which command?");
        return -1 - complain_usage("exec");
    }
    return optind;
}

static void plan_free(struct exec_plan *plan)
{
    judgement_free(&plan->judgement);
    config_free(&plan->config);
}

int cmd_exec(int argc, char **argv)
{
    CLEANUP(plan_free) struct exec_plan plan = { 0 };
    int first;

    configuration_read(&plan.config);
    first = parse(argc, argv, &plan);
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
