/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * exec: an unmodified toolstack under the plugin (engine/exec.h).
 */
#include "config.h"

#include "engine/exec.h"

#include "cli/cli.h"
#include "cli/options_common.h"
#include "cli/output.h"
#include "util/cleanup.h"

static const struct option_row exec_rows[] = {
    {
        .name = "on-not-resumable",
        SETS_CHOICE(struct exec_options, policies.on_not_resumable,
                    policy_choices, ALLOW(POLICY_REFUSE) | ALLOW(POLICY_HOLD)
                                    | ALLOW(POLICY_FORCE)),
        .help = "at 'xl save -c', if a resume would kill the guest: do not "
                "even suspend it (refuse, the default); write the image and "
                "leave it suspended (hold); resume it all the same (force)",
    },
    {
        .name = "on-unknown",
        SETS_CHOICE(struct exec_options, policies.on_unknown,
                    policy_choices, ALLOW(POLICY_PROCEED)
                                    | ALLOW(POLICY_REFUSE)
                                    | ALLOW(POLICY_HOLD)),
        .help = "the same if nothing is known of the guest; proceed, the "
                "default, does what the toolstack asks",
    },
    WATCH_ROW(struct exec_options, watch,
              "watch the guest for so long after 'xl save -c' (4)"),
    { .name = "force", SETS_FLAG(struct exec_options, force),
      .help = "let 'xl save' write over a block device, or over a file that "
              "is not a save image" },
    { .name = NULL },
};

static int cmd_exec(int argc, char **argv);

const struct verb verb_exec = {
    .name = "exec",
    .run = cmd_exec,
    .synopsis = "-- COMMAND...",
    .summary = "run a toolstack command under the plugin",
    .description = "Runs COMMAND under the plugin: a toolstack such as xl, or "
                   "a program that starts one.",
    .options = exec_rows,
    .footer = "The defaults can be set in xen-resumable.conf.",
    .exit_status = "that of COMMAND; 1 if a save was refused or the guest did "
                   "not go on after a checkpoint; 2 if COMMAND could not be "
                   "run.",
    .operands = { { "COMMAND", OFFER_COMMAND } },
    .least = 1,
    .most = OPERANDS_ANY,
    .expected = "a command is expected",
    .ends_at_operand = true,
};

static void exec_cleanup(struct exec **e)
{
    exec_free(*e);
}

static int cmd_exec(int argc, char **argv)
{
    struct output out;
    CLEANUP(exec_cleanup) struct exec *e = NULL;
    struct xr_error err;
    int first, status;

    output_begin(&out, FORMAT_TEXT, false);
    output_guard(&out);
    e = exec_new(&out.events);
    if (!e) {
        complain("out of memory");
        return STATUS_ERROR;
    }
    first = options_parse(&verb_exec, argc, argv, exec_options(e));
    if (first < 0) {
        output_end(&out);
        return -1 - first;
    }
    exec_options(e)->words = argv;
    exec_options(e)->word_count = first;
    (void)exec_run(e, argc - first, argv + first, &status, &err);
    output_end(&out);
    return status;
}
