/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/restore_options.h"

#include <errno.h>
#include <string.h>

#include "cli/options_common.h"

static int take_domain_name(const char *word, void *request,
                            struct xr_error *err)
{
    struct restore_request *q = request;
    struct config_edit edit;
    int r = config_edit_parse(CONFIG_EDIT_NAME, word, &edit, err);

    if (!r)
        q->options.name = word;
    return r;
}

static int take_domain_uuid(const char *word, void *request,
                            struct xr_error *err)
{
    struct restore_request *q = request;

    if (strcmp(word, "new") && !config_is_uuid(word))
        return error_set(err, EINVAL, "new or a uuid is expected");
    q->options.uuid = word;
    return 0;
}

static int take_edit(enum config_edit_kind kind, const char *word,
                     void *request, struct xr_error *err)
{
    struct restore_options *o = &((struct restore_request *)request)->options;
    int r;

    if (o->edit_count == CONFIG_EDITS_MAX)
        return error_set(err, E2BIG, "more than %d changes",
                         CONFIG_EDITS_MAX);
    r = config_edit_parse(kind, word, &o->edits[o->edit_count], err);
    o->edit_count += !r;
    return r;
}

static int take_disk(const char *word, void *request, struct xr_error *err)
{
    return take_edit(CONFIG_EDIT_DISK, word, request, err);
}

static int take_bridge(const char *word, void *request, struct xr_error *err)
{
    return take_edit(CONFIG_EDIT_BRIDGE, word, request, err);
}

static int take_mac(const char *word, void *request, struct xr_error *err)
{
    return take_edit(CONFIG_EDIT_MAC, word, request, err);
}

static int take_disk_as_it_is(const char *word, void *request,
                              struct xr_error *err)
{
    struct restore_request *q = request;

    return disk_names_add(&q->options.as_it_is, word, err);
}

static const struct choice restore_disks_choices[] = {
    { "back", RESTORE_DISKS_BACK },
    { "copies", RESTORE_DISKS_COPIES },
    { "as-they-are", RESTORE_DISKS_AS_THEY_ARE },
    { NULL, 0 },
};

static const struct option_row restore_rows[] = {
    { .name = "name", .word = "NAME", IS_TAKEN_BY(take_domain_name),
      .help = "give the domain another name, and a new uuid" },
    { .name = "config", .word = "FILE", .offer = OFFER_FILES,
      SETS_TEXT(struct restore_request, options.config),
      .help = "use this configuration instead of the image's" },
    { .name = "disk", .word = "VDEV=TARGET", .repeatable = true,
      IS_TAKEN_BY(take_disk),
      .help = "use another file or device as this disk" },
    { .name = "bridge", .word = "OLD=NEW", .repeatable = true,
      IS_TAKEN_BY(take_bridge),
      .help = "put interfaces of one bridge on another" },
    { .name = "mac", .word = "new|VIF=MAC", .repeatable = true,
      IS_TAKEN_BY(take_mac),
      .help = "new MAC addresses for all interfaces, or this one for "
              "interface 0, 1, ..." },
    { .name = "uuid", .word = "new|UUID", IS_TAKEN_BY(take_domain_uuid),
      .help = "give the domain another uuid" },
    {
        .name = "disks",
        SETS_CHOICE(struct restore_request, options.disks,
                    restore_disks_choices,
                    ALLOW(RESTORE_DISKS_BACK) | ALLOW(RESTORE_DISKS_COPIES)
                    | ALLOW(RESTORE_DISKS_AS_THEY_ARE)),
        .help = "put back the copies of the disks that belong to the image, "
                "or make disks of its own for the domain from these copies, or "
                "use the disks as they are, though they have changed, or "
                "are the original's",
    },
    { .name = "as-it-is", .word = "VDEV", .repeatable = true,
      IS_TAKEN_BY(take_disk_as_it_is),
      .help = "with this disk as it is now, whatever is done about the others" },
    { .name = "paused", SETS_FLAG(struct restore_request, options.paused),
      .help = "leave the guest paused" },
    WATCH_ROW(struct restore_request, options.watch,
              "watch the guest for so long afterwards (4)"),
    { .name = "dry-run", SETS_FLAG(struct restore_request, options.dry_run),
      .help = "only say whether it can be restored" },
    PROGRESS_ROW(struct restore_request, progress),
    FORMAT_ROW(struct restore_request, format),
    { .name = NULL },
};

const struct verb verb_restore = {
    .name = "restore",
    .run = cmd_restore,
    .synopsis = "IMAGE",
    .summary = "restore a domain from an image, after looking at both",
    .description = "Restores a domain from a save image of xl or libvirt, if "
                   "the image is sound and this host can run it.",
    .options = restore_rows,
    .exit_status = "0 done; 1 refused, or the guest does not go on; 2 error.",
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
