/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/restore_options.h"

#include <errno.h>
#include <string.h>

#include "cli/options_common.h"

static int take_domain_name(const char *word, void *request, struct xr_error *err)
{
    struct restore_request *q = request;

    if (!*word || strchr(word, '/'))
        return error_set(err, EINVAL, "not a domain's name");
    q->options.name = word;
    return 0;
}

static const struct choice disks_choices[] = {
    { "as-they-are", RESTORE_DISKS_AS_THEY_ARE },
    { NULL, 0 },
};

static const struct option_row restore_rows[] = {
    { .name = "name", .word = "NAME", IS_TAKEN_BY(take_domain_name),
      .help = "under another name, with a uuid of its own" },
    {
        .name = "disks",
        SETS_CHOICE(struct restore_request, options.disks, disks_choices,
                    ALLOW(RESTORE_DISKS_AS_THEY_ARE)),
        .help = "give a domain under another name the disks of the image, "
                "which it writes",
    },
    { .name = "paused", SETS_FLAG(struct restore_request, options.paused),
      .help = "it does not run yet" },
    WATCH_ROW(struct restore_request, options.watch,
              "how long the guest is watched afterwards (4)"),
    { .name = "dry-run", SETS_FLAG(struct restore_request, options.dry_run),
      .help = "say whether it would be restored, do nothing" },
    PROGRESS_ROW(struct restore_request, progress),
    FORMAT_ROW(struct restore_request, format),
    { .name = NULL },
};

const struct verb verb_restore = {
    .name = "restore",
    .run = cmd_restore,
    .synopsis = "IMAGE",
    .summary = "restore a domain, if image and host are fit for it",
    .description = "Restores a domain from a save image of xl or libvirt, if "
                   "the image is sound and this host can run it.",
    .options = restore_rows,
    .exit_status = "0 done, 1 refused, or the guest does not go on, 2 error.",
    .operands = { { "IMAGE", OFFER_FILES } },
    .least = 1,
    .most = 1,
    .expected = "one image is expected",
};

int restore_options_parse(int argc, char **argv,
                          const struct restore_options *defaults,
                          struct restore_request *out)
{
    int first;

    *out = (struct restore_request){
        .options = *defaults,
        .format = FORMAT_TEXT,
    };
    first = options_parse(&verb_restore, argc, argv, out);
    if (first < 0)
        return first;
    out->options.path = argv[first];
    if (strcmp(out->options.path, "-"))
        return 0;
    complain("restore: a file is expected; xl restore /dev/stdin reads a pipe");
    return -1 - complain_usage("restore");
}
