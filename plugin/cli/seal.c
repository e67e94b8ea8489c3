/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * seal: a digest behind a save image, or a flat one in its place.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/facts.h"
#include "cli/options_common.h"
#include "cli/output.h"
#include "cli/signals.h"
#include "engine/reshape.h"
#include "lib/seal_image.h"
#include "util/cleanup.h"

struct seal_request {
    const char *path;
    bool flat;
    bool progress;
    enum format format;
};

static const struct option_row seal_options[] = {
    { .name = "flat", SETS_FLAG(struct seal_request, flat),
      .help = "make a flat image of it, in a new file that takes its place" },
    PROGRESS_ROW(struct seal_request, progress),
    FORMAT_ROW(struct seal_request, format),
    { .name = NULL },
};

static int cmd_seal(int argc, char **argv);

const struct verb verb_seal = {
    .name = "seal",
    .run = cmd_seal,
    .synopsis = "IMAGE",
    .summary = "append a seal to a save image",
    .description = "Appends a seal, which is a digest of the whole image. verify "
                   "checks it, and stock toolstacks do not see it. An image "
                   "that is not complete and sound is refused. In a flat image "
                   "each page has one place and a digest of its own, and pages "
                   "of zeros take no room; xl and libvirt restore it as any "
                   "other.",
    .options = seal_options,
    .exit_status = "0 sealed, now or before; 1 not sound, or not to be "
                   "replaced; 2 error, or it cannot be judged.",
    .operands = { { "IMAGE", OFFER_FILES } },
    .least = 1,
    .most = 1,
    .expected = "one image is expected",
};

static void print_seal(const struct seal *seal, bool was_sealed)
{
    char digest[SEAL_TEXT_SIZE];

    seal_text(seal, digest);
    print_line(was_sealed ? "Was sealed" : "Sealed",
               "XXH3-128 %s over %" PRIu64 " bytes", digest, seal->length);
}

static void json_seal_now(yajl_gen g, const struct seal *seal, bool was_sealed)
{
    char digest[SEAL_TEXT_SIZE];

    seal_text(seal, digest);
    json_bool(g, "sealed_before", was_sealed);
    json_text(g, "algorithm", "XXH3-128");
    json_number(g, "length", seal->length);
    json_text(g, "digest", digest);
}

static void print_sealed(const struct output *out, const struct seal *seal,
                         bool was_sealed)
{
    yajl_gen g;

    if (!output_is_json(out)) {
        print_seal(seal, was_sealed);
        return;
    }
    g = output_result_begin(out, NULL, NULL);
    json_seal_now(g, seal, was_sealed);
    output_result_end(out, g);
}

static void print_flat(const struct reshape_outcome *flat)
{
    char size[SIZE_TEXT_MAX], written[SIZE_TEXT_MAX];

    size_text(flat->bytes, size);
    size_text(flat->bytes_written, written);
    print_seal(&flat->seal, flat->was_flat);
    if (flat->was_flat)
        print_line("Layout", "flat, %s, as it was", size);
    else
        print_line("Layout", "flat, %s, of which %s were written", size,
                   written);
}

static void print_reshaped(const struct output *out,
                           const struct reshape_outcome *flat)
{
    yajl_gen g;

    if (!output_is_json(out)) {
        print_flat(flat);
        return;
    }
    g = output_result_begin(out, NULL, NULL);
    json_seal_now(g, &flat->seal, flat->was_flat);
    json_text(g, "layout", "flat");
    json_number(g, "bytes", flat->bytes);
    json_number(g, "bytes_written", flat->bytes_written);
    output_result_end(out, g);
}

/* The image is not sound: *err, and its first problem. */
static int refuse_to_seal(const struct output *out, const char *path,
                          const struct problems *problems,
                          struct xr_error *err)
{
    const struct problem *first = problems->items;
    struct xr_error why;

    events_fail_file(&out->events, path, err);
    if (problems->count && first->what) {
        error_at(&why, EBADMSG, first->offset, "%s", first->what);
        events_fail(&out->events, path, &why);
        err->offset = first->offset;
    }
    return output_failure(out, err, NULL);
}

static int open_to_seal(const char *path, struct xr_error *err)
{
    int fd = seal_open(path, err);

    return fd == -ENOENT && !strcmp(path, "-")
           ? error_set(err, ENOENT, "a seal is appended to a file, not to "
                       "standard input") : fd;
}

static int seal_file(const struct seal_request *q, struct output *out)
{
    CLEANUP_VERIFY struct verify_result result = { .ok = false };
    const struct listener listener = output_listener(out);
    const struct verify_options options = { .listener = &listener };
    CLEANUP_CLOSE int fd = -1;
    bool was_sealed = false;
    struct xr_error err;
    struct seal seal;
    int r;

    fd = open_to_seal(q->path, &err);
    r = fd < 0 ? fd : seal_image(fd, &options, &result, &seal, &was_sealed,
                                 &err);
    output_end(out);
    if (r == -EBADMSG)
        return refuse_to_seal(out, q->path, &result.problems, &err);
    if (r)
        return output_file_failure(out, q->path, &err);
    print_sealed(out, &seal, was_sealed);
    return STATUS_YES;
}

/* Only what is about the image, or whose it is, is a no. */
static int fail_flat(const struct output *out, const struct xr_error *err)
{
    int status = output_failure(out, err, NULL);

    return err->reason == XR_REASON_CANCELLED
           || err->reason == XR_REASON_NO_ROOM ? STATUS_ERROR : status;
}

static int seal_flat(const struct seal_request *q, struct output *out)
{
    struct reshape_outcome flat;
    struct xr_error err;
    int r = reshape_image(q->path, &out->events, &flat, &err);

    output_end(out);
    if (r)
        return fail_flat(out, &err);
    print_reshaped(out, &flat);
    return STATUS_YES;
}

static int cmd_seal(int argc, char **argv)
{
    struct seal_request q = { .format = FORMAT_TEXT };
    int first = options_parse(&verb_seal, argc, argv, &q);
    struct output out;

    if (first < 0)
        return -1 - first;
    q.path = argv[first];
    signals_take(); /* half a seal would make an image unsound */
    output_begin(&out, q.format, q.progress);
    return finish_output(q.flat ? seal_flat(&q, &out) : seal_file(&q, &out));
}
