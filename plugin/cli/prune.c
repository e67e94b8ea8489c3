/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * prune: images of a series go by the rules of retention (engine/prune.h).
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/facts.h"
#include "cli/list.h"
#include "cli/options_common.h"
#include "cli/output.h"
#include "cli/signals.h"
#include "cli/table.h"
#include "engine/prune.h"
#include "engine/series.h"
#include "util/cleanup.h"
#include "util/number.h"
#include "util/reason.h"

enum { KEEP_MAX = 1000000 };

struct prune_request {
    struct prune_options options;
    const char *dir;
    char **drop_copies; /* NULL at the end */
    size_t drop_count;
    bool progress;
    enum format format;
};

static int take_keep(enum retention_rule rule, const char *word,
                     void *request, struct xr_error *err)
{
    struct prune_request *q = request;
    uint64_t number;

    if (!strcmp(word, "unlimited"))
        number = RETENTION_UNLIMITED;
    else if (!number_parse(word, &number) || number > KEEP_MAX)
        return error_set(err, EINVAL, "0 to %d or unlimited is expected",
                         KEEP_MAX);
    q->options.retention.keep[rule] = (unsigned int)number;
    return 0;
}

#define TAKES_KEEP(function, rule) \
    static int function(const char *word, void *request, \
                        struct xr_error *err) \
    { \
        return take_keep(rule, word, request, err); \
    }
TAKES_KEEP(take_last, RETENTION_LAST)
TAKES_KEEP(take_hourly, RETENTION_HOURLY)
TAKES_KEEP(take_daily, RETENTION_DAILY)
TAKES_KEEP(take_weekly, RETENTION_WEEKLY)
TAKES_KEEP(take_monthly, RETENTION_MONTHLY)
TAKES_KEEP(take_yearly, RETENTION_YEARLY)

static int take_drop(const char *word, void *request, struct xr_error *err)
{
    struct prune_request *q = request;
    char **ids = reallocarray(q->drop_copies, q->drop_count + 2, sizeof(*ids));

    if (!ids)
        return error_set(err, ENOMEM, "out of memory");
    q->drop_copies = ids;
    if (!*word)
        return error_set(err, EINVAL, "a checkpoint's id or a domain's uuid "
                         "is expected");
    ids[q->drop_count] = strdup(word);
    if (!ids[q->drop_count])
        return error_set(err, ENOMEM, "out of memory");
    ids[++q->drop_count] = NULL;
    return 0;
}

static void free_prune_request(struct prune_request *q)
{
    while (q->drop_count)
        free(q->drop_copies[--q->drop_count]);
    free(q->drop_copies);
}

static const struct option_row prune_rows[] = {
    { .name = "dir", .word = "DIR", .offer = OFFER_FOLDERS,
      SETS_TEXT(struct prune_request, dir),
      .help = "the folder of the series; by default that of "
              "xen-resumable.conf" },
    { .name = "keep-last", .word = "N", IS_TAKEN_BY(take_last),
      .help = "keep the N newest images of each guest" },
    { .name = "keep-hourly", .word = "N", IS_TAKEN_BY(take_hourly),
      .help = "keep the newest image of each of the last N hours that have one" },
    { .name = "keep-daily", .word = "N", IS_TAKEN_BY(take_daily),
      .help = "the same for days" },
    { .name = "keep-weekly", .word = "N", IS_TAKEN_BY(take_weekly),
      .help = "the same for weeks, which begin on Monday" },
    { .name = "keep-monthly", .word = "N", IS_TAKEN_BY(take_monthly),
      .help = "the same for months" },
    { .name = "keep-yearly", .word = "N", IS_TAKEN_BY(take_yearly),
      .help = "the same for years" },
    { .name = "drop-copies", .word = "ID", .repeatable = true,
      IS_TAKEN_BY(take_drop),
      .help = "remove the copies of disks of this checkpoint, whose image is "
              "gone, or the disks made for the domain with this uuid" },
    { .name = "dry-run", SETS_FLAG(struct prune_request, options.dry_run),
      .help = "only say what would be removed" },
    PROGRESS_ROW(struct prune_request, progress),
    FORMAT_ROW(struct prune_request, format),
    { .name = NULL },
};

static int cmd_prune(int argc, char **argv);

const struct verb verb_prune = {
    .name = "prune",
    .run = cmd_prune,
    .synopsis = "",
    .summary = "remove the images of a series that no rule keeps",
    .description = "Removes the images of a series that no rule keeps. The rules "
                   "count for each guest separately. The newest image that "
                   "verifies always stays.",
    .options = prune_rows,
    .footer = "N may be 'unlimited'. At least one rule must keep something, "
              "unless there is only --drop-copies.",
    .exit_status = "0 done; 1 refused, or no image of a guest is sound; 2 "
                   "error.",
    .expected = "no operand is expected: all guests of the folder are pruned",
};

static const char *fate_name(enum prune_fate fate)
{
    static const char *const names[] = {
        [PRUNE_STAYS] = "stays",
        [PRUNE_KEPT] = "kept",
        [PRUNE_REMOVED] = "removed",
    };

    return names[fate];
}

/* For people; programs have "dry_run" beside it. */
static const char *fate_in_words(enum prune_fate fate, bool dry_run)
{
    return dry_run && fate == PRUNE_REMOVED ? "would be removed"
                                            : fate_name(fate);
}

static size_t pruned_count(const struct pruning *p)
{
    return p->images ? p->list.count : 0;
}

static void put_why(const struct pruned_image *image, struct buffer *out)
{
    retention_put_reasons(&image->item, out);
    if (image->newest_sound)
        buffer_printf(out, "%snewest sound", out->length ? ", " : "");
}

static void print_pruned(struct table *t, const struct pruned_image *image,
                         const struct prune_options *options)
{
    CLEANUP_BUFFER struct buffer why = { 0 };
    char when[MOMENT_TEXT_SIZE];

    put_why(image, &why);
    if (buffer_failed(&why))
        lose_output("out of memory");
    moment_text(image->image->when, when);
    table_row(t);
    table_cell(t, listed_name(image->image));
    table_cell(t, when);
    table_cell(t, fate_in_words(image->fate, options->dry_run));
    table_cell(t, why.data ? why.data : "");
    table_cell(t, path_below(image->image->path, options->dir));
}

static void count_fates(const struct pruning *p, size_t *removed_out,
                        uint64_t *bytes_out)
{
    size_t i;

    *removed_out = 0;
    *bytes_out = 0;
    for (i = 0; i < pruned_count(p); i++) {
        const struct occupancy *o = &p->images[i].image->summary.occupancy;

        if (p->images[i].fate != PRUNE_REMOVED)
            continue;
        ++*removed_out;
        if (o->bytes != OCCUPANCY_UNKNOWN)
            *bytes_out += o->bytes - (o->shared == OCCUPANCY_UNKNOWN
                                      ? 0 : o->shared);
    }
}

static void prune_text(const struct prune_request *q, const struct pruning *p)
{
    struct table *t = table_new();
    char size[SIZE_TEXT_MAX];
    uint64_t bytes;
    size_t removed, i;

    table_column(t, "GUEST");
    table_column(t, "WHEN");
    table_column(t, "FATE");
    table_prose(t, "BY");
    table_column(t, "FILE");
    for (i = 0; i < pruned_count(p); i++)
        print_pruned(t, &p->images[i], &q->options);
    if (pruned_count(p))
        table_print(t, "");
    table_free(t);
    if (q->drop_count)
        printf("copies of disks of %zu checkpoints %s removed\n", p->dropped,
               q->options.dry_run ? "would be" : "were");
    if (p->disks_dropped)
        printf("disks that were made for %zu domains %s removed\n",
               p->disks_dropped, q->options.dry_run ? "would be" : "were");
    if (retention_is_empty(&q->options.retention))
        return;
    count_fates(p, &removed, &bytes);
    size_text(bytes, size);
    printf("%zu of %zu images %s removed, at least %s\n", removed,
           pruned_count(p), q->options.dry_run ? "would be" : "were", size);
}

static void json_reasons(yajl_gen g, const struct pruned_image *image)
{
    enum retention_rule rule;

    json_key(g, "reasons");
    yajl_gen_array_open(g);
    if (image->item.future)
        json_string(g, "future", strlen("future"));
    for (rule = RETENTION_LAST; rule < RETENTION_RULES; rule++) {
        const char *name = retention_rule_name(rule);

        if (image->item.rules & UINT32_C(1) << rule)
            json_string(g, name, strlen(name));
    }
    if (image->newest_sound)
        json_string(g, "newest-sound", strlen("newest-sound"));
    yajl_gen_array_close(g);
}

static void json_pruned(yajl_gen g, const struct pruned_image *image)
{
    char when[IMAGE_TIME_SIZE];

    image_time_text(image->image->when, when);
    yajl_gen_map_open(g);
    json_text(g, "file", image->image->path);
    json_text(g, "name", listed_name(image->image));
    json_text(g, "saved_at", *when ? when : NULL);
    json_text(g, "fate", fate_name(image->fate));
    json_reasons(g, image);
    json_text(g, "error", image->error.code ? reason_name(image->error.reason)
                                            : NULL);
    yajl_gen_map_close(g);
}

static void prune_json(const struct output *out,
                       const struct prune_request *q, const struct pruning *p,
                       const struct xr_error *failure)
{
    yajl_gen g = output_result_begin(out, failure, failure == &p->first
                                                   ? p->blamed : NULL);
    uint64_t bytes;
    size_t removed, i;

    count_fates(p, &removed, &bytes);
    json_text(g, "dir", q->options.dir);
    json_bool(g, "dry_run", q->options.dry_run);
    json_number(g, "removed", removed);
    json_number(g, "bytes_freed", bytes);
    json_number(g, "copies_dropped", p->dropped);
    json_number(g, "disks_dropped", p->disks_dropped);
    json_key(g, "images");
    yajl_gen_array_open(g);
    for (i = 0; i < pruned_count(p); i++)
        json_pruned(g, &p->images[i]);
    yajl_gen_array_close(g);
    output_result_end(out, g);
}

static void pruning_cleanup(struct pruning *p)
{
    pruning_free(p);
}

/* What was removed is told, also where it did not come to the end. */
static int prune_and_tell(const struct prune_request *q, struct output *out)
{
    CLEANUP(pruning_cleanup) struct pruning p = { .images = NULL };
    const struct xr_error *failure;
    struct xr_error err;
    int r = prune(&q->options, &out->events, &p, &err);

    output_end(out);
    if (r)
        events_fail(&out->events, "prune", &err);
    failure = r ? &err : p.first.code ? &p.first : NULL;
    if (output_is_json(out))
        prune_json(out, q, &p, failure);
    else if (!r || pruned_count(&p))
        prune_text(q, &p);
    return failure ? output_status(failure) : STATUS_YES;
}

static int cmd_prune(int argc, char **argv)
{
    CLEANUP_FREE char *dir = NULL;
    CLEANUP(free_prune_request) struct prune_request q = {
        .format = FORMAT_TEXT,
    };
    int first = options_parse(&verb_prune, argc, argv, &q);
    struct output out;

    if (first < 0)
        return -1 - first;
    if (retention_is_empty(&q.options.retention) && !q.drop_count) {
        complain("prune: a rule is expected that keeps something, as "
                 "--keep-last=7");
        return complain_usage("prune");
    }
    signals_take();
    output_begin(&out, q.format, q.progress);
    q.options.drop_copies = q.drop_copies;
    q.options.dir = dir = series_dir(q.dir, &out.events);
    if (!dir) {
        complain("out of memory");
        return STATUS_ERROR;
    }
    return finish_output(prune_and_tell(&q, &out));
}
