/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * diff: what differs between two save images.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/cli.h"
#include "cli/diff_json.h"
#include "cli/facts.h"
#include "cli/input.h"
#include "cli/options_common.h"
#include "cli/output.h"
#include "cli/signals.h"
#include "cli/table.h"
#include "lib/diff.h"
#include "util/cleanup.h"

/* What a person reads; JSON has all of it. */
enum {
    RANGES_SHOWN = 20,
    DIFFERENCES_SHOWN = 4096,
    CELL_MAX = 120,
};

struct diff_request {
    const char *paths[2];
    bool progress;
    enum format format;
};

static const struct option_row diff_options[] = {
    PROGRESS_ROW(struct diff_request, progress),
    FORMAT_ROW(struct diff_request, format),
    { .name = NULL },
};

static int cmd_diff(int argc, char **argv);

const struct verb verb_diff = {
    .name = "diff",
    .run = cmd_diff,
    .synopsis = "IMAGE IMAGE",
    .summary = "show what differs between two save images",
    .description = "Shows what differs between two save images: configuration, "
                   "record, state and pages. One of them may be - for standard "
                   "input.",
    .options = diff_options,
    .exit_status = "0 they are the same; 1 they differ; 2 error.",
    .operands = { { "IMAGE", OFFER_FILES } },
    .least = 2,
    .most = 2,
    .expected = "two images are expected",
};

/* The images' paths, after the options.  False: both are standard input. */
static bool take_paths(char **operands, struct diff_request *q)
{
    q->paths[0] = operands[0];
    q->paths[1] = operands[1];
    return strcmp(q->paths[0], "-") || strcmp(q->paths[1], "-");
}

/* A column is as wide as its longest cell. */
static void print_cell(struct table *t, const char *text)
{
    char cut[CELL_MAX + 4];
    size_t n = text ? strlen(text) : 0;

    if (n > CELL_MAX) {
        snprintf(cut, sizeof(cut), "%.*s...%s", CELL_MAX / 2, text,
                 text + n - CELL_MAX / 2);
        text = cut;
    }
    table_cell(t, text ? text : "-");
}

static void print_differences(const char *title, const struct differences *d)
{
    struct table *t;
    size_t i;

    if (!d->count)
        return;
    t = table_new();
    table_column(t, title);
    table_column(t, "FIRST");
    table_column(t, "SECOND");
    for (i = 0; i < d->count && i < DIFFERENCES_SHOWN; i++) {
        table_row(t);
        print_cell(t, d->items[i].key);
        print_cell(t, d->items[i].a);
        print_cell(t, d->items[i].b);
    }
    table_print(t, "");
    table_free(t);
    if (d->found > i)
        printf("and %" PRIu64 " more\n", d->found - i);
    printf("\n");
}

static void print_pages(const struct image_diff *diff)
{
    char size[SIZE_TEXT_MAX];
    size_t i;

    size_text(diff->pages_changed * 4096, size);
    printf("%" PRIu64 " of %" PRIu64 " pages differ, %s, in %" PRIu64
           " range%s\n", diff->pages_changed, diff->pages_total, size,
           diff->ranges_found, diff->ranges_found == 1 ? "" : "s");
    for (i = 0; i < diff->range_count && i < RANGES_SHOWN; i++)
        printf("  0x%" PRIx64 "-0x%" PRIx64 "\n", diff->ranges[i].first,
               diff->ranges[i].last);
    if (diff->ranges_found > RANGES_SHOWN)
        printf("  and %" PRIu64 " more; --format=json has them\n",
               diff->ranges_found - RANGES_SHOWN);
}

static void print_whole_diff(const struct image_diff *diff)
{
    if (diff->same) {
        printf("The images are the same.\n");
        return;
    }
    print_differences("CONFIGURATION", &diff->config);
    print_differences("METADATA", &diff->metadata);
    print_differences("STATE", &diff->records);
    print_pages(diff);
}

struct two_images {
    int fds[2];
    struct page_digests digests[2];
    bool are_known; /* the digests */
    struct image_state states[2];
};

static void two_images_close(struct two_images *two)
{
    int i;

    for (i = 0; i < 2; i++) {
        cleanup_close(&two->fds[i]);
        image_state_free(&two->states[i]);
    }
}

static bool is_file(const char *path)
{
    struct stat st;

    return !stat(path, &st) && S_ISREG(st.st_mode);
}

/* Of two files, before either is read; a pipe may have to be waited for. */
static void look_at_both(const struct diff_request *q, struct two_images *two)
{
    int i;

    for (i = 0; i < 2 && is_file(q->paths[i]); i++)
        two->fds[i] = input_open(q->paths[i], NULL);
    if (two->fds[0] >= 0 && two->fds[1] >= 0)
        two->are_known = page_digests_find_both(two->fds, two->digests);
}

static int read_state(const struct diff_request *q, struct two_images *two,
                      int i, struct output *out, struct xr_error *err)
{
    const struct listener listener = output_listener(out);
    int r = 0;

    if (two->fds[i] < 0)
        r = two->fds[i] = input_open(q->paths[i], err);
    if (r >= 0)
        r = image_state_read(two->fds[i], two->are_known ? &two->digests[i]
                                                         : NULL,
                             &listener, &two->states[i], err);
    output_end(out);
    return r;
}

static int compare_images(const struct diff_request *q, struct output *out)
{
    static const char *const stages[] = { "first-image", "second-image" };
    CLEANUP(two_images_close) struct two_images two = { .fds = { -1, -1 } };
    CLEANUP_IMAGE_DIFF struct image_diff d = { .same = false };
    struct xr_error err;
    int i;

    look_at_both(q, &two);
    for (i = 0; i < 2; i++) {
        events_stage(&out->events, stages[i]);
        if (read_state(q, &two, i, out, &err))
            return output_file_failure(out, q->paths[i], &err);
    }
    events_stage(&out->events, "comparison");
    if (image_diff(&two.states[0], &two.states[1], &d, &err))
        return output_file_failure(out, q->paths[0], &err);
    if (output_is_json(out))
        print_diff_json(out, &d);
    else
        print_whole_diff(&d);
    return d.same ? STATUS_YES : STATUS_NO;
}

static int cmd_diff(int argc, char **argv)
{
    struct diff_request q = { .format = FORMAT_TEXT };
    int first = options_parse(&verb_diff, argc, argv, &q);
    struct output out;

    if (first < 0)
        return -1 - first;
    if (!take_paths(argv + first, &q)) {
        complain("diff: only one image can come from standard input");
        return complain_usage("diff");
    }
    if (q.format != FORMAT_TEXT)
        signals_take();
    output_begin(&out, q.format, q.progress);
    return finish_output(compare_images(&q, &out));
}
