/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/check_options.h"

#include "cli/options_common.h"

static const struct option_row check_rows[] = {
    { .name = "all", .letter = 'a', SETS_FLAG(struct check_options, all),
      .help = "every running domain" },
    { .name = "kernel", .letter = 'k', .word = "FILE", .offer = OFFER_FILES,
      SETS_TEXT(struct check_options, kernel),
      .help = "a kernel file, before a guest is made of it" },
    { .name = "image", .letter = 'i', .word = "FILE", .offer = OFFER_FILES,
      SETS_TEXT(struct check_options, image),
      .help = "the guest in a save image" },
    { .name = "here", SETS_FLAG(struct check_options, here),
      .help = "instead: would that image restore on this host?" },
    { .name = "evidence", .letter = 'e',
      SETS_FLAG(struct check_options, evidence),
      .help = "show all evidence, the strongest first" },
    { .name = "scan-memory", SETS_FLAG(struct check_options, scan_memory),
      .help = "also look for notes in the guest's memory: only a hint" },
    { .name = "learn", SETS_FLAG(struct check_options, learn),
      .help = "record the notes of --kernel for the domain, if its memory "
              "agrees" },
    { .name = "dry-run", .letter = 'n', SETS_FLAG(struct check_options, dry_run),
      .help = "with --learn: compare, and record nothing" },
    FORMAT_ROW(struct check_options, format),
    { .name = NULL },
};

const struct verb verb_check = {
    .name = "check",
    .run = cmd_check,
    .synopsis = "DOMAIN... | --all | --kernel=FILE | --image=FILE [--here] | "
                "--learn DOMAIN --kernel=FILE",
    .summary = "can this guest be checkpointed and go on?",
    .description = "Says whether a guest survives a resume, as after 'xl save "
                   "-c', and what keeps a running domain from being saved.",
    .options = check_rows,
    .footer = "RESUMABLE: can the guest go on after a checkpoint?\n"
              "SUSPENDABLE: can it suspend? A running guest may say so; unknown "
              "means that it does not say, and that it is tried.",
    .exit_status = "0 yes, 1 no, 2 error, 3 unknown; of several the worst: no, "
                   "then unknown, then yes.",
    .operands = { { "DOMAIN", OFFER_DOMAINS } },
    .most = OPERANDS_ANY,
};

static bool is_one_domain(const struct check_options *o)
{
    return !o->all && *o->domains && !o->domains[1];
}

/* What is missing, or does not go together; NULL: nothing. */
static const char *find_contradiction(const struct check_options *o)
{
    bool domains = o->all || *o->domains;

    if (o->here && (!o->image || o->kernel || domains))
        return "check --here: one --image is expected, and no domain or --kernel";
    if (o->learn && (!is_one_domain(o) || !o->kernel || o->image))
        return "check --learn: one domain and its --kernel are expected";
    if (o->dry_run && !o->learn)
        return "check --dry-run: only --learn writes anything";
    if (o->scan_memory && !domains)
        return "check --scan-memory: a domain is expected";
    if (!domains && !o->kernel && !o->image)
        return "check: a domain is expected";
    return NULL;
}

int check_options_parse(int argc, char **argv, struct check_options *out)
{
    const char *problem;
    int first;

    *out = (struct check_options){ .format = FORMAT_TEXT };
    first = options_parse(&verb_check, argc, argv, out);
    if (first < 0)
        return first;
    out->domains = argv + first;
    problem = find_contradiction(out);
    if (!problem)
        return 0;
    complain("%s", problem);
    return -1 - complain_usage("check");
}
