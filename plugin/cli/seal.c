/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * seal: a digest behind a save image.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/facts.h"
#include "cli/json.h"
#include "cli/options_common.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "lib/seal_image.h"
#include "util/cleanup.h"

struct seal_request {
    const char *path;
    bool progress;
    enum format format;
};

static const struct option_row seal_options[] = {
    PROGRESS_ROW(struct seal_request, progress),
    FORMAT_ROW(struct seal_request, format),
    { .name = NULL },
};

static int cmd_seal(int argc, char **argv);

const struct verb verb_seal = {
    .name = "seal",
    .run = cmd_seal,
    .synopsis = "IMAGE",
    .summary = "append a digest to a save image",
    .description = "Appends a digest of the whole image, which verify checks "
                   "and stock toolstacks do not see. An image that is not "
                   "complete and sound is refused.",
    .options = seal_options,
    .exit_status = "0 sealed, now or before; 1 not sound; 2 error, or it "
                   "cannot be judged.",
    .operands = { { "IMAGE", OFFER_FILES } },
    .least = 1,
    .most = 1,
    .expected = "one image is expected",
};

static void print(const struct seal_request *q, const struct seal *seal,
                  bool was_sealed)
{
    char digest[SEAL_TEXT_SIZE];

    seal_text(seal, digest);
    if (q->format == FORMAT_JSON) {
        CLEANUP_JSON yajl_gen g = json_new();

        yajl_gen_map_open(g);
        json_ok(g, NULL);
        json_bool(g, "sealed_before", was_sealed);
        json_text(g, "algorithm", "XXH3-128");
        json_number(g, "length", seal->length);
        json_text(g, "digest", digest);
        yajl_gen_map_close(g);
        return;
    }
    print_line(was_sealed ? "Was sealed" : "Sealed",
               "XXH3-128 %s over %" PRIu64 " bytes", digest, seal->length);
}

static int seal_file(const struct seal_request *q, int fd)
{
    CLEANUP_VERIFY struct verify_result result = { .ok = false };
    struct progress bar;
    const struct listener listener = {
        .progress = progress_show,
        .data = &bar,
    };
    const struct verify_options options = { .listener = &listener };
    bool was_sealed = false;
    struct xr_error err;
    struct seal seal;
    int r;

    progress_begin(&bar, q->progress);
    r = seal_image(fd, &options, &result, &seal, &was_sealed, &err);
    progress_end(&bar);
    if (!r) {
        print(q, &seal, was_sealed);
        return STATUS_YES;
    }
    complain_error(q->path, &err);
    if (r != -EBADMSG)
        return STATUS_ERROR;
    if (result.problems.count)
        complain("%s: %s, at offset %" PRIu64, q->path,
                 result.problems.items[0].what,
                 result.problems.items[0].offset);
    return STATUS_NO;
}

static int cmd_seal(int argc, char **argv)
{
    struct seal_request q = { .format = FORMAT_TEXT };
    CLEANUP_CLOSE int fd = -1;
    int first = options_parse(&verb_seal, argc, argv, &q);

    if (first < 0)
        return -1 - first;
    q.path = argv[first];
    fd = open(q.path, O_RDWR | O_CLOEXEC);
    if (fd < 0) {
        complain("%s: %s", q.path, strerror(errno));
        return STATUS_ERROR;
    }
    return finish_output(seal_file(&q, fd));
}
