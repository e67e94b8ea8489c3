/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * diff: what differs between two save images.
 */
#include "config.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/facts.h"
#include "cli/input.h"
#include "cli/json.h"
#include "cli/progress.h"
#include "cli/table.h"
#include "lib/diff.h"
#include "util/cleanup.h"

/* What a person reads; JSON has all of it. */
enum {
    RANGES_SHOWN = 20,
    DIFFERENCES_SHOWN = 4096,
    CELL_MAX = 120,
};

static void print_help(void)
{
    printf("Usage: xen-resumable diff [OPTIONS] IMAGE IMAGE\n"
           "Says what differs between two save images: configuration, "
           "metadata, state, pages.\n"
           "One of them may be - for standard input.\n"
           "\n"
           "      --progress          a progress bar, also where there is no "
           "terminal\n"
           "      --format=text|json\n"
           "\n"
           "Exit status: 0 the same, 1 different, 2 error.\n");
}

struct request {
    const char *paths[2];
    bool progress;
    enum format format;
};

/* 0 to go on, else -1 - exit status. */
static int parse(int argc, char **argv, struct request *q)
{
    static const struct option options[] = {
        { "help", no_argument, NULL, 'h' },
        { "progress", no_argument, NULL, 'p' },
        { "format", required_argument, NULL, 'f' },
        { NULL, 0, NULL, 0 },
    };
    int option;

    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        switch (option) {
        case 'h':
            print_help();
            return -1 - finish_output(STATUS_YES);
        case 'p':
            q->progress = true;
            break;
        case 'f':
            if (!parse_format("diff", optarg, false, &q->format))
                return -1 - STATUS_ERROR;
            break;
        default:
            return -1 - complain_usage("diff");
        }
    }
    if (argc - optind != 2 || (!strcmp(argv[optind], "-")
                               && !strcmp(argv[optind + 1], "-"))) {
        complain("diff: two images are expected");
        return -1 - complain_usage("diff");
    }
    q->paths[0] = argv[optind];
    q->paths[1] = argv[optind + 1];
    return 0;
}

static void json_differences(yajl_gen g, const char *name,
                             const struct differences *d)
{
    size_t i;

    json_key(g, name);
    yajl_gen_array_open(g);
    for (i = 0; i < d->count; i++) {
        yajl_gen_map_open(g);
        json_text(g, "key", d->items[i].key);
        json_text(g, "a", d->items[i].a);
        json_text(g, "b", d->items[i].b);
        yajl_gen_map_close(g);
    }
    yajl_gen_array_close(g);
}

static void print_json(const struct image_diff *diff)
{
    CLEANUP_JSON yajl_gen g = json_new();
    size_t i;

    yajl_gen_map_open(g);
    json_bool(g, "same", diff->same);
    json_number(g, "differences_found", diff->config.found
                + diff->metadata.found + diff->records.found);
    json_differences(g, "config", &diff->config);
    json_differences(g, "metadata", &diff->metadata);
    json_differences(g, "vcpus", &diff->records);
    json_key(g, "pages");
    yajl_gen_map_open(g);
    json_number(g, "changed", diff->pages_changed);
    json_number(g, "ranges_found", diff->ranges_found);
    json_key(g, "ranges");
    yajl_gen_array_open(g);
    for (i = 0; i < diff->range_count; i++) {
        yajl_gen_array_open(g);
        yajl_gen_integer(g, (long long)diff->ranges[i].first);
        yajl_gen_integer(g, (long long)diff->ranges[i].last);
        yajl_gen_array_close(g);
    }
    yajl_gen_array_close(g);
    yajl_gen_map_close(g);
    yajl_gen_map_close(g);
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

static void print_pages(const struct image_diff *diff,
                        const struct image_state *a)
{
    char size[SIZE_TEXT_MAX];
    size_t i;

    size_text(diff->pages_changed * 4096, size);
    printf("%" PRIu64 " of %" PRIu64 " pages differ, %s, in %" PRIu64
           " ranges\n", diff->pages_changed, a->page_count, size,
           diff->ranges_found);
    for (i = 0; i < diff->range_count && i < RANGES_SHOWN; i++)
        printf("  0x%" PRIx64 "-0x%" PRIx64 "\n", diff->ranges[i].first,
               diff->ranges[i].last);
    if (diff->ranges_found > RANGES_SHOWN)
        printf("  and %" PRIu64 " more; --format=json has them\n",
               diff->ranges_found - RANGES_SHOWN);
}

static void print_text(const struct image_diff *diff,
                       const struct image_state *a)
{
    if (diff->same) {
        printf("The images are the same.\n");
        return;
    }
    print_differences("CONFIGURATION", &diff->config);
    print_differences("METADATA", &diff->metadata);
    print_differences("STATE", &diff->records);
    print_pages(diff, a);
}

static int read_state(const struct request *q, int which,
                      struct image_state *out)
{
    CLEANUP_CLOSE int fd = input_open(q->paths[which]);
    struct progress bar;
    const struct listener listener = {
        .progress = progress_show,
        .data = &bar,
    };
    struct xr_error err;
    int r;

    if (fd < 0)
        return STATUS_ERROR;
    progress_begin(&bar, q->progress);
    r = image_state_read(fd, &listener, out, &err);
    progress_end(&bar);
    return r ? complain_error(q->paths[which], &err) : STATUS_YES;
}

static int diff(const struct request *q)
{
    CLEANUP_IMAGE_STATE struct image_state a = { .page_count = 0 };
    CLEANUP_IMAGE_STATE struct image_state b = { .page_count = 0 };
    CLEANUP_IMAGE_DIFF struct image_diff d = { .same = false };
    struct xr_error err;

    if (read_state(q, 0, &a) || read_state(q, 1, &b))
        return STATUS_ERROR;
    if (image_diff(&a, &b, &d, &err))
        return complain_error(q->paths[0], &err);
    if (q->format == FORMAT_JSON)
        print_json(&d);
    else
        print_text(&d, &a);
    return d.same ? STATUS_YES : STATUS_NO;
}

int cmd_diff(int argc, char **argv)
{
    struct request q = { .format = FORMAT_TEXT };
    int r = parse(argc, argv, &q);

    return r ? -1 - r : finish_output(diff(&q));
}
