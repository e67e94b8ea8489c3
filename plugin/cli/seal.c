/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * seal: a digest behind a save image.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/facts.h"
#include "cli/json.h"
#include "cli/progress.h"
#include "lib/seal_image.h"
#include "util/cleanup.h"

static void print_help(void)
{
    printf("Usage: xen-resumable seal [OPTIONS] IMAGE\n"
           "Appends a digest of the whole image, which verify checks and "
           "stock toolstacks\n"
           "do not see. An image that is not complete and sound is refused.\n"
           "\n"
           "      --progress          a progress bar, also where there is no "
           "terminal\n"
           "      --format=text|json\n"
           "\n"
           "Exit status: 0 sealed, now or before; 1 not sound; 2 error, or it "
           "cannot be\n"
           "judged.\n");
}

struct request {
    const char *path;
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
            if (!parse_format("seal", optarg, false, &q->format))
                return -1 - STATUS_ERROR;
            break;
        default:
            return -1 - complain_usage("seal");
        }
    }
    if (argc - optind != 1) {
        complain("seal: one image is expected");
        return -1 - complain_usage("seal");
    }
    q->path = argv[optind];
    return 0;
}

static void print(const struct request *q, const struct seal *seal,
                  bool was_sealed)
{
    char digest[SEAL_TEXT_SIZE];

    seal_text(seal, digest);
    if (q->format == FORMAT_JSON) {
        CLEANUP_JSON yajl_gen g = json_new();

        yajl_gen_map_open(g);
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

static int seal_file(const struct request *q, int fd)
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

int cmd_seal(int argc, char **argv)
{
    struct request q = { .format = FORMAT_TEXT };
    CLEANUP_CLOSE int fd = -1;
    int r = parse(argc, argv, &q);

    if (r)
        return -1 - r;
    /* NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): parse set it */
    fd = open(q.path, O_RDWR | O_CLOEXEC);
    if (fd < 0) {
        complain("%s: %s", q.path, strerror(errno));
        return STATUS_ERROR;
    }
    return finish_output(seal_file(&q, fd));
}
