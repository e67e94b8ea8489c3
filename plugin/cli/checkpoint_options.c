/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/checkpoint_options.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/options_common.h"
#include "format/keylist.h"
#include "lib/xl_file.h"

static int take_label(const char *word, void *request, struct xr_error *err)
{
    struct checkpoint_request *q = request;

    return label_add(&q->labels, word, err);
}

static const struct choice live_choices[] = {
    { "auto", CHECKPOINT_LIVE_AUTO },
    { "yes", CHECKPOINT_LIVE_YES },
    { "no", CHECKPOINT_LIVE_NO },
    { NULL, 0 },
};

static const struct choice disks_choices[] = {
    { "auto", CHECKPOINT_DISKS_AUTO },
    { "none", CHECKPOINT_DISKS_NONE },
    { "require", CHECKPOINT_DISKS_REQUIRE },
    { NULL, 0 },
};

static const struct choice layout_choices[] = {
    { "flat", CHECKPOINT_FLAT },
    { "stream", CHECKPOINT_STREAM },
    { NULL, 0 },
};

static const struct choice container_choices[] = {
    { "auto", CHECKPOINT_CONTAINER_AUTO },
    { "xl", CHECKPOINT_CONTAINER_XL },
    { NULL, 0 },
};

static const struct option_row checkpoint_rows[] = {
    { .name = "all", .letter = 'a', SETS_FLAG(struct checkpoint_request, all),
      .help = "every running guest, into a series" },
    { .name = "dir", .word = "DIR", .offer = OFFER_FOLDERS,
      SETS_TEXT(struct checkpoint_request, dir),
      .help = "several guests, into DIR/NAME/TIME.img; by default the folder "
              "of xen-resumable.conf" },
    {
        .name = "live",
        SETS_CHOICE(struct checkpoint_request, options.live, live_choices,
                    ALLOW(CHECKPOINT_LIVE_AUTO) | ALLOW(CHECKPOINT_LIVE_YES)
                    | ALLOW(CHECKPOINT_LIVE_NO)),
        .help = "does the guest run during the write? (auto: if possible)",
    },
    { .name = "max-freeze", .word = "MS",
      SETS_NUMBER(struct checkpoint_request, options.max_freeze, 0, CHECKPOINT_FREEZE_MAX),
      .help = "write changes again until the guest will not be frozen "
              "for longer" },
    {
        .name = "on-not-resumable",
        SETS_CHOICE(struct checkpoint_request, options.policies.on_not_resumable,
                    policy_choices,
                    ALLOW(POLICY_REFUSE) | ALLOW(POLICY_RESTORE)
                    | ALLOW(POLICY_HOLD) | ALLOW(POLICY_FORCE)),
        .help = "if a resume would kill the guest: do not even suspend it "
                "(refuse, the default); continue it from the image, in a new "
                "domain (restore); leave it suspended (hold); resume it all "
                "the same (force)",
    },
    {
        .name = "on-unknown",
        SETS_CHOICE(struct checkpoint_request, options.policies.on_unknown,
                    policy_choices,
                    ALLOW(POLICY_PROCEED) | ALLOW(POLICY_REFUSE)
                    | ALLOW(POLICY_RESTORE) | ALLOW(POLICY_HOLD)
                    | ALLOW(POLICY_FORCE)),
        .help = "the same if nothing is known of the guest; proceed, the "
                "default, resumes it",
    },
    { .name = "same-domid",
      SETS_FLAG(struct checkpoint_request, options.same_domid),
      .help = "a guest that is continued from its image keeps its domid" },
    { .name = "hook", .word = "DIR", .offer = OFFER_FOLDERS,
      SETS_TEXT(struct checkpoint_request, options.hook_dir),
      .help = "run the executables in DIR at the stages of a checkpoint" },
    WATCH_ROW(struct checkpoint_request, options.watch,
              "watch the guest for so long afterwards (4)"),
    { .name = "label", .word = "KEY=VALUE", .repeatable = true,
      IS_TAKEN_BY(take_label),
      .help = "put this into the image's record; may be repeated" },
    { .name = "keep", .word = "N",
      SETS_NUMBER(struct checkpoint_request, options.keep, 0, CHECKPOINT_KEEP_MAX),
      .help = "keep N former images as FILE.1 to FILE.N" },
    {
        .name = "disks",
        SETS_CHOICE(struct checkpoint_request, options.disks, disks_choices,
                    ALLOW(CHECKPOINT_DISKS_AUTO)
                    | ALLOW(CHECKPOINT_DISKS_NONE)
                    | ALLOW(CHECKPOINT_DISKS_REQUIRE)),
        .help = "copy each disk that the guest writes: those that a driver "
                "can copy (auto, the default), none, or all of them, or "
                "refuse (require)",
    },
    {
        .name = "layout",
        SETS_CHOICE(struct checkpoint_request, options.layout, layout_choices,
                    ALLOW(CHECKPOINT_FLAT) | ALLOW(CHECKPOINT_STREAM)),
        .help = "each page has one place in FILE, and pages of zeros take "
                "none (flat, the default), or what libxl writes (stream; "
                "always if FILE is not a file)",
    },
    {
        .name = "container",
        SETS_CHOICE(struct checkpoint_request, options.container,
                    container_choices,
                    ALLOW(CHECKPOINT_CONTAINER_AUTO)
                    | ALLOW(CHECKPOINT_CONTAINER_XL)),
        .help = "make the image for the toolstack of the guest, xl or libvirt "
                "(auto, the default), or for xl",
    },
    { .name = "parent", .word = "IMAGE", .offer = OFFER_FILES,
      SETS_TEXT(struct checkpoint_request, options.parent),
      .help = "share blocks with this flat image of the same guest; auto, "
              "the default, takes the newest former one; or none" },
    { .name = "force", SETS_FLAG(struct checkpoint_request, options.force),
      .help = "write over a block device, or replace a FILE that is not a "
              "save image" },
    { .name = "seal", SETS_FLAG(struct checkpoint_request, options.seal),
      .help = "append a seal; a flat image always has one" },
    { .name = "dry-run", SETS_FLAG(struct checkpoint_request, options.dry_run),
      .help = "only say what would be done" },
    PROGRESS_ROW(struct checkpoint_request, progress),
    FORMAT_ROW(struct checkpoint_request, format),
    { .name = NULL },
};

const struct verb verb_checkpoint = {
    .name = "checkpoint",
    .run = cmd_checkpoint,
    .synopsis = "DOMAIN FILE | DOMAIN... --dir=DIR | --all",
    .summary = "write an image of a domain, which goes on running",
    .description = "Writes an image of a domain, which goes on running. FILE is "
                   "replaced when the new image is complete and on the disk. It "
                   "may be a FIFO, or - for standard output. In a series each "
                   "image is named after its guest and the time.",
    .options = checkpoint_rows,
    .footer = "The defaults can be set in xen-resumable.conf.",
    .exit_status = "0 done, 1 refused or failed, 2 error; of several guests "
                   "the worst.",
    .operands = { { "DOMAIN", OFFER_DOMAINS }, { "FILE", OFFER_FILES } },
    .most = OPERANDS_ANY,
};

static bool refuse_words(const char *what)
{
    complain("checkpoint: %s", what);
    return false;
}

/* What has no meaning for many files. */
static bool is_series_sound(const struct checkpoint_request *q)
{
    if (q->all && *q->domains)
        return refuse_words("either --all or domains are expected");
    if (!q->all && !*q->domains)
        return refuse_words("which domains?");
    if (q->options.keep)
        return refuse_words("--keep is for one FILE; prune is for a series");
    if (strcmp(q->options.parent, "auto") && strcmp(q->options.parent, "none"))
        return refuse_words("--parent=IMAGE is for one FILE; auto or none is "
                            "expected");
    return true;
}

static bool are_operands_sound(const struct checkpoint_request *q)
{
    if (checkpoint_is_series(q))
        return is_series_sound(q);
    if (!q->domains[0] || !q->domains[1] || q->domains[2])
        return refuse_words("a domain and a file are expected, or --dir or --all");
    return q->format == FORMAT_TEXT || strcmp(q->domains[1], "-")
           || refuse_words("the image goes to standard output, where there is "
                           "no place for --format");
}

int checkpoint_options_parse(int argc, char **argv,
                             const struct checkpoint_options *defaults,
                             struct checkpoint_request *out)
{
    int first;

    *out = (struct checkpoint_request){
        .options = *defaults,
        .format = FORMAT_TEXT,
    };
    first = options_parse(&verb_checkpoint, argc, argv, out);
    if (first < 0)
        return first;
    out->domains = argv + first;
    out->options.labels = out->labels.data;
    if (!are_operands_sound(out))
        return -1 - complain_usage("checkpoint");
    if (!checkpoint_is_series(out)) {
        out->options.domain = argv[first];
        out->options.path = argv[first + 1];
    }
    return 0;
}

/* What the series says by itself, or does. */
static bool is_forwarded(const struct option_row *row)
{
    static const char *const kept[] = {
        "all", "dir", "keep", "parent", "label", "progress", "format",
    };
    size_t i;

    for (i = 0; i < sizeof(kept) / sizeof(*kept); i++)
        if (!strcmp(row->name, kept[i]))
            return false;
    return true;
}

static int forward_option(const struct option_row *row, const char *place,
                          struct xr_options *options, struct xr_error *err)
{
    const struct choice *choice = row->choices;
    unsigned int number;
    char text[16];

    if (row->kind == OPTION_FLAG)
        return *(const bool *)place
               ? xr_options_set(options, row->name, NULL, err) : 0;
    if (row->kind == OPTION_TEXT)
        return *(const char *const *)place
               ? xr_options_set(options, row->name,
                                *(const char *const *)place, err) : 0;
    memcpy(&number, place, sizeof(number));
    if (row->kind == OPTION_NUMBER) {
        snprintf(text, sizeof(text), "%u", number);
        return xr_options_set(options, row->name, text, err);
    }
    while (choice->word && choice->value != number)
        choice++;
    return xr_options_set(options, row->name, choice->word, err);
}

static int forward_labels(const struct checkpoint_request *q,
                          struct xr_options *options, struct xr_error *err)
{
    CLEANUP_KEYLIST struct keylist labels = { 0 };
    size_t i;
    int r = q->labels.length
            ? keylist_parse(q->labels.data, q->labels.length, &labels, err)
            : 0;

    for (i = 0; !r && i < labels.count; i++) {
        CLEANUP_BUFFER struct buffer word = { 0 };

        buffer_printf(&word, "%s=", labels.pairs[i].key + strlen("user."));
        buffer_append(&word, labels.pairs[i].value,
                      labels.pairs[i].value_length);
        r = buffer_failed(&word)
            ? error_set(err, ENOMEM, "out of memory")
            : xr_options_set(options, "label", word.data, err);
    }
    return r;
}

int checkpoint_options_forward(const struct checkpoint_request *request,
                               struct xr_options *options,
                               struct xr_error *err)
{
    const struct option_row *row;
    int r = forward_labels(request, options, err);

    for (row = checkpoint_rows; !r && row->name; row++)
        if (is_forwarded(row))
            r = forward_option(row, (const char *)request + row->place,
                               options, err);
    return r;
}

void checkpoint_options_free(struct checkpoint_request *request)
{
    buffer_free(&request->labels);
}
