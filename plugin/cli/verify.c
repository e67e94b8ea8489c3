/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * verify: is a save image whole and sound?
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>

#include "cli/cli.h"
#include "cli/facts.h"
#include "cli/input.h"
#include "cli/json.h"
#include "cli/options_common.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/table.h"
#include "lib/save_image.h"
#include "lib/verify.h"
#include "util/cleanup.h"

struct verify_request {
    const char *path;
    bool structure;
    bool progress;
    enum format format;
};

static const struct option_row verify_options[] = {
    { .name = "structure", SETS_FLAG(struct verify_request, structure),
      .help = "only the records: neither their lists of pages nor the seal's "
              "digest" },
    PROGRESS_ROW(struct verify_request, progress),
    FORMAT_ROW(struct verify_request, format),
    { .name = NULL },
};

static int cmd_verify(int argc, char **argv);

const struct verb verb_verify = {
    .name = "verify",
    .run = cmd_verify,
    .synopsis = "IMAGE",
    .summary = "is a save image complete and sound?",
    .description = "Says whether a save image is complete and sound; - is "
                   "standard input.",
    .options = verify_options,
    .exit_status = "0 sound; 1 not sound; 2 error, no save image, or one that "
                   "cannot be judged.",
    .operands = { { "IMAGE", OFFER_FILES } },
    .least = 1,
    .most = 1,
    .expected = "one image is expected",
};

static void print_json(const struct verify_result *result)
{
    CLEANUP_JSON yajl_gen g = json_new();
    const struct problem *first = result->problems.items;
    struct xr_error err;
    size_t i;

    if (result->problems.count && first->what)
        error_at(&err, EBADMSG, first->offset, "%s", first->what);
    else
        error_set(&err, EBADMSG, "it is not sound");
    yajl_gen_map_open(g);
    json_ok(g, result->ok ? NULL : &err);
    json_bool(g, "complete", result->complete);
    json_text(g, "container", container_name(result->container));
    json_number(g, "bytes", result->bytes);
    json_number(g, "records", result->records);
    json_number(g, "pages", result->pages);
    json_number(g, "pages_covered", result->pages_covered);
    json_number(g, "vcpus", result->vcpus);
    json_bool(g, "metadata", result->metadata);
    json_text(g, "seal", seal_state_name(result->seal));
    json_number(g, "problems_found", result->problems.found);
    json_key(g, "problems");
    yajl_gen_array_open(g);
    for (i = 0; i < result->problems.count; i++) {
        yajl_gen_map_open(g);
        json_number(g, "offset", result->problems.items[i].offset);
        json_text(g, "what", result->problems.items[i].what);
        yajl_gen_map_close(g);
    }
    yajl_gen_array_close(g);
    yajl_gen_map_close(g);
}

static void print_stream(const struct verify_result *result)
{
    const char *type = verify_result_type(result);

    if (type)
        print_line("Container", "%s, %s, written on Xen %" PRIu32 ".%" PRIu32,
                   container_name(result->container), type,
                   result->xen_major, result->xen_minor);
    else
        print_line("Container", "%s", container_name(result->container));
}

/* "complete", or how far it came. */
static void print_extent(const struct verify_result *result,
                         const struct verify_request *q)
{
    char size[SIZE_TEXT_MAX];

    size_text(result->bytes, size);
    print_line("Contents", "%" PRIu64 " records, %" PRIu64 " pages of data, "
               "%u vCPU%s", result->records, result->pages, result->vcpus,
               result->vcpus == 1 ? "" : "s");
    if (result->complete)
        print_line("Extent", "complete, %s", size);
    else if (result->pages_expected && !q->structure)
        print_line("Extent", "cut off after %s: %" PRIu64 " of the expected %"
                   PRIu64 " pages", size, result->pages_covered,
                   result->pages_expected);
    else
        print_line("Extent", "cut off after %s", size);
}

static void print_problems(const struct problems *problems)
{
    struct table *t = table_new();
    char text[24];
    size_t i;

    printf("\n");
    table_column(t, "OFFSET");
    table_column(t, "PROBLEM");
    for (i = 0; i < problems->count; i++) {
        const struct problem *problem = &problems->items[i];

        snprintf(text, sizeof(text), "%" PRIu64, problem->offset);
        table_row(t);
        table_cell(t, text);
        table_cell(t, problem->what ? problem->what : "?");
    }
    table_print(t, "");
    table_free(t);
    if (problems->found > problems->count)
        printf("and %" PRIu64 " more\n", problems->found - problems->count);
}

static void print_text(const struct verify_result *result,
                       const struct verify_request *q)
{
    print_line("Image", "%s", q->path);
    print_stream(result);
    print_extent(result, q);
    print_line("Record", "%s", result->metadata ? "sound" : "none");
    print_line("Seal", "%s", seal_state_name(result->seal));
    print_line("Verdict", "%s", result->ok ? "sound" : "NOT SOUND");
    if (result->problems.found)
        print_problems(&result->problems);
}

static int verify(const struct verify_request *q, int fd)
{
    CLEANUP_VERIFY struct verify_result result = { .ok = false };
    struct progress bar;
    const struct listener listener = {
        .progress = progress_show,
        .data = &bar,
    };
    struct verify_options options = {
        .structure = q->structure,
        .listener = &listener,
    };
    struct xr_error err;
    int r;

    progress_begin(&bar, q->progress);
    r = verify_image(fd, &options, &result, &err);
    progress_end(&bar);
    if (r)
        return complain_error(q->path, &err);
    if (q->format == FORMAT_JSON)
        print_json(&result);
    else
        print_text(&result, q);
    return result.ok ? STATUS_YES : STATUS_NO;
}

static int cmd_verify(int argc, char **argv)
{
    struct verify_request q = { .format = FORMAT_TEXT };
    CLEANUP_CLOSE int fd = -1;
    int first = options_parse(&verb_verify, argc, argv, &q);

    if (first < 0)
        return -1 - first;
    q.path = argv[first];
    fd = input_open(q.path);
    if (fd < 0)
        return STATUS_ERROR;
    return finish_output(verify(&q, fd));
}
