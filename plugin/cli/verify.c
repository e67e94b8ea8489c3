/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * verify: is a save image whole and sound?
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/facts.h"
#include "cli/images.h"
#include "cli/input.h"
#include "cli/options_common.h"
#include "cli/output.h"
#include "cli/signals.h"
#include "cli/table.h"
#include "lib/save_image.h"
#include "lib/verify.h"
#include "util/cleanup.h"

struct verify_request {
    char **paths; /* NULL at the end */
    size_t count;
    bool structure;
    bool progress;
    enum format format;
};

static const struct option_row verify_options[] = {
    { .name = "structure", SETS_FLAG(struct verify_request, structure),
      .help = "only look at the records, not at lists of pages and digests" },
    PROGRESS_ROW(struct verify_request, progress),
    FORMAT_ROW(struct verify_request, format),
    { .name = NULL },
};

static int cmd_verify(int argc, char **argv);

const struct verb verb_verify = {
    .name = "verify",
    .run = cmd_verify,
    .synopsis = "IMAGE...",
    .summary = "is a save image complete and sound?",
    .description = "Says whether each save image is complete and sound. - is "
                   "standard input.",
    .options = verify_options,
    .exit_status = "0 sound; 1 not sound; 2 error, not a save image, or one "
                   "that cannot be judged; of several images the worst.",
    .operands = { { "IMAGE", OFFER_FILES } },
    .least = 1,
    .most = OPERANDS_ANY,
    .expected = "an image is expected",
};

static void json_problems(yajl_gen g, const struct problems *problems)
{
    size_t i;

    json_number(g, "problems_found", problems->found);
    json_key(g, "problems");
    yajl_gen_array_open(g);
    for (i = 0; i < problems->count; i++) {
        yajl_gen_map_open(g);
        json_number(g, "offset", problems->items[i].offset);
        json_text(g, "what", problems->items[i].what);
        yajl_gen_map_close(g);
    }
    yajl_gen_array_close(g);
}

/* Of an image that is not sound: the first of its problems. */
static void set_first_problem(const struct problems *problems,
                              struct xr_error *err)
{
    const struct problem *first = problems->items;

    if (problems->count && first->what)
        error_at(err, EBADMSG, first->offset, "%s", first->what);
    else
        error_set(err, EBADMSG, "the image is not sound");
}

static void json_verification(yajl_gen g, const struct verify_result *result)
{
    json_bool(g, "complete", result->complete);
    json_text(g, "container", container_name(result->container));
    json_number(g, "bytes", result->bytes);
    json_number(g, "records", result->records);
    json_number(g, "pages", result->pages);
    json_number(g, "pages_covered", result->pages_covered);
    json_number(g, "vcpus", result->vcpus);
    json_bool(g, "metadata", result->metadata);
    json_text(g, "seal", seal_state_name(result->seal));
    json_problems(g, &result->problems);
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
        print_marked("Extent", MARK_BAD, "cut off after %s: %" PRIu64 " of the "
                     "expected %" PRIu64 " pages", size,
                     result->pages_covered, result->pages_expected);
    else
        print_marked("Extent", MARK_BAD, "cut off after %s", size);
}

static void print_problems(const struct problems *problems)
{
    struct table *t = table_new();
    char text[24];
    size_t i;

    printf("\n");
    table_column(t, "OFFSET");
    table_prose(t, "PROBLEM");
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

/* An image, and what became of it. */
struct verified {
    const char *path;
    int r;                  /* of verify_image() */
    struct verify_result result;
    struct xr_error error;  /* if it is not sound, or there is no answer */
};

static void print_verification(const struct verified *v,
                               const struct verify_request *q)
{
    const struct verify_result *result = &v->result;

    print_line("Image", "%s", v->path);
    print_stream(result);
    print_extent(result, q);
    print_line("Record", "%s", result->metadata ? "sound" : "none");
    print_line("Seal", "%s", seal_state_name(result->seal));
    print_marked("Verdict", result->ok ? MARK_GOOD : MARK_BAD, "%s",
                 result->ok ? "sound" : "NOT SOUND");
    if (result->problems.found)
        print_problems(&result->problems);
}

static void verify_one(const struct verify_request *q, struct output *out,
                       struct verified *v)
{
    const struct listener listener = output_listener(out);
    const struct verify_options options = {
        .structure = q->structure,
        .offset_stays = !strcmp(v->path, "-"),
        .listener = &listener,
    };
    CLEANUP_CLOSE int fd = -1;

    fd = input_open(v->path, &v->error);
    v->r = fd < 0 ? fd : verify_image(fd, &options, &v->result, &v->error);
    output_end(out);
    if (v->r) {
        events_fail_file(&out->events, v->path, &v->error);
    } else if (!v->result.ok) {
        set_first_problem(&v->result.problems, &v->error);
        error_name_file(&v->error, v->path);
    }
}

static int verified_status(const struct verified *v)
{
    return v->r ? STATUS_ERROR : v->result.ok ? STATUS_YES : STATUS_NO;
}

static const char *verified_path(const void *data, size_t i)
{
    return ((const struct verified *)data)[i].path;
}

static const struct xr_error *verified_failure(const void *data, size_t i)
{
    const struct verified *v = (const struct verified *)data + i;

    return verified_status(v) == STATUS_YES ? NULL : &v->error;
}

static void put_verified(yajl_gen g, const void *data, size_t i)
{
    const struct verified *v = (const struct verified *)data + i;

    if (!v->r)
        json_verification(g, &v->result);
}

static void print_verified(const struct output *out,
                           const struct verified *images, size_t count)
{
    const struct image_answers answers = {
        count, verified_path, verified_failure, put_verified, images,
    };

    json_images(out, &answers);
}

static int verify(const struct verify_request *q, struct output *out,
                  struct verified *images)
{
    int status = STATUS_YES, each;
    bool printed = false;
    size_t i;

    for (i = 0; i < q->count; i++) {
        images[i].path = q->paths[i];
        verify_one(q, out, &images[i]);
        each = verified_status(&images[i]);
        status = each > status ? each : status;
        if (output_is_json(out) || images[i].r)
            continue;
        if (printed)
            printf("\n");
        print_verification(&images[i], q);
        printed = true;
    }
    if (output_is_json(out))
        print_verified(out, images, q->count);
    return status;
}

static int cmd_verify(int argc, char **argv)
{
    CLEANUP_FREE struct verified *images = NULL;
    struct verify_request q = { .format = FORMAT_TEXT };
    int first = options_parse(&verb_verify, argc, argv, &q), status;
    struct output out;
    size_t i;

    if (first < 0)
        return -1 - first;
    q.paths = argv + first;
    q.count = (size_t)(argc - first);
    images = calloc(q.count, sizeof(*images));
    if (!images) {
        complain("out of memory");
        return STATUS_ERROR;
    }
    if (q.format != FORMAT_TEXT)
        signals_take();
    output_begin(&out, q.format, q.progress);
    status = verify(&q, &out, images);
    for (i = 0; i < q.count; i++)
        verify_result_free(&images[i].result);
    return finish_output(status);
}
