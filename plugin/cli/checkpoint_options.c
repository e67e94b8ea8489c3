/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/checkpoint_options.h"

#include "cli/options_common.h"
#include "lib/xl_file.h"

enum {
    MAX_FREEZE_MAX = 3600 * 1000,
    KEEP_MAX = 1000,
};

static int take_label(const char *word, void *request, struct xr_error *err)
{
    struct checkpoint_options *o = request;

    return label_add(&o->labels, word, err);
}

static const struct choice live_choices[] = {
    { "auto", LIVE_IF_POSSIBLE },
    { "yes", LIVE_OR_NOT_AT_ALL },
    { "no", LIVE_NOT },
    { NULL, 0 },
};

static const struct option_row checkpoint_rows[] = {
    {
        .name = "live",
        SETS_CHOICE(struct checkpoint_options, live, live_choices,
                    ALLOW(LIVE_IF_POSSIBLE) | ALLOW(LIVE_OR_NOT_AT_ALL)
                    | ALLOW(LIVE_NOT)),
        .help = "does the guest run during the write? (auto: if possible)",
    },
    { .name = "max-freeze", .word = "MS",
      SETS_NUMBER(struct checkpoint_options, max_freeze, 0, MAX_FREEZE_MAX),
      .help = "write on until the guest need not be frozen for longer" },
    {
        .name = "on-not-resumable",
        SETS_CHOICE(struct checkpoint_options, policies.on_not_resumable,
                    policy_choices,
                    ALLOW(POLICY_REFUSE) | ALLOW(POLICY_RESTORE)
                    | ALLOW(POLICY_HOLD) | ALLOW(POLICY_FORCE)),
        .help = "what to do with a guest that a resume would kill: do not "
                "even suspend it (refuse, the default); let it go on from "
                "the image, in a new domain (restore); leave it suspended "
                "(hold); resume it all the same (force)",
    },
    {
        .name = "on-unknown",
        SETS_CHOICE(struct checkpoint_options, policies.on_unknown,
                    policy_choices,
                    ALLOW(POLICY_PROCEED) | ALLOW(POLICY_REFUSE)
                    | ALLOW(POLICY_RESTORE) | ALLOW(POLICY_HOLD)
                    | ALLOW(POLICY_FORCE)),
        .help = "the same for a guest of which nothing is known; resume it "
                "(proceed, the default)",
    },
    { .name = "same-domid",
      SETS_FLAG(struct checkpoint_options, same_domid),
      .help = "a guest that is restored keeps its domid" },
    { .name = "hook", .word = "DIR", .offer = OFFER_FOLDERS,
      SETS_TEXT(struct checkpoint_options, hook_dir),
      .help = "executables for the stages of a checkpoint" },
    WATCH_ROW(struct checkpoint_options, watch,
              "how long the guest is watched afterwards (4)"),
    { .name = "label", .word = "KEY=VALUE", .repeatable = true,
      IS_TAKEN_BY(take_label),
      .help = "goes into the image's record; several are allowed" },
    { .name = "keep", .word = "N",
      SETS_NUMBER(struct checkpoint_options, keep, 0, KEEP_MAX),
      .help = "keep N former images as FILE.1 to FILE.N" },
    { .name = "force", SETS_FLAG(struct checkpoint_options, force),
      .help = "write over a block device, or give up a FILE that is no save "
              "image" },
    { .name = "seal", SETS_FLAG(struct checkpoint_options, seal),
      .help = "append a digest" },
    { .name = "dry-run", SETS_FLAG(struct checkpoint_options, dry_run),
      .help = "say what would be done, do nothing" },
    PROGRESS_ROW(struct checkpoint_options, progress),
    FORMAT_ROW(struct checkpoint_options, format),
    { .name = NULL },
};

const struct verb verb_checkpoint = {
    .name = "checkpoint",
    .run = cmd_checkpoint,
    .synopsis = "DOMAIN FILE",
    .summary = "write an image of a domain that goes on running",
    .description = "Writes an image of a domain that goes on running. FILE is "
                   "replaced when the new image is whole and on the disk; it "
                   "may be a FIFO, or - for standard output.",
    .options = checkpoint_rows,
    .footer = "The defaults can be set in xen-resumable.conf.",
    .exit_status = "0 done, 1 refused or failed, 2 error.",
    .operands = { { "DOMAIN", OFFER_DOMAINS }, { "FILE", OFFER_FILES } },
    .least = 2,
    .most = 2,
    .expected = "a domain and a file are expected",
};

int checkpoint_options_parse(int argc, char **argv,
                             const struct config *config,
                             struct checkpoint_options *out)
{
    int first;

    *out = (struct checkpoint_options){
        .live = config->live == LIVE_NEVER ? LIVE_NOT : LIVE_IF_POSSIBLE,
        .watch = config->watch,
        .policies = config->policies,
        .format = FORMAT_TEXT,
    };
    first = options_parse(&verb_checkpoint, argc, argv, out);
    if (first < 0)
        return first;
    out->domain = argv[first];
    out->file = argv[first + 1];
    return 0;
}

void checkpoint_options_free(struct checkpoint_options *options)
{
    buffer_free(&options->labels);
}
