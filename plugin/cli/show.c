/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * show: what a save image is and carries.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/input.h"
#include "cli/options_common.h"
#include "cli/output.h"
#include "cli/show.h"
#include "cli/show_memory.h"
#include "cli/table.h"
#include "lib/judge_list.h"
#include "util/cleanup.h"

enum extract {
    EXTRACT_NONE,
    EXTRACT_CONFIG,
    EXTRACT_METADATA,
    EXTRACT_XML,
};

struct show_request {
    const char *path;
    bool records;
    enum extract extract;
    struct memory_place memory;
    enum format format;
};

static const struct choice extract_choices[] = {
    { "config", EXTRACT_CONFIG },
    { "metadata", EXTRACT_METADATA },
    { "xml", EXTRACT_XML },
    { NULL, 0 },
};

static int take_memory_place(const char *word, void *request,
                             struct xr_error *err)
{
    return memory_place_take(word, &((struct show_request *)request)->memory,
                             err);
}

static const struct option_row show_options[] = {
    { .name = "records", SETS_FLAG(struct show_request, records),
      .help = "every record, with offset and length" },
    {
        .name = "extract",
        SETS_CHOICE(struct show_request, extract, extract_choices,
                    ALLOW(EXTRACT_CONFIG) | ALLOW(EXTRACT_METADATA)
                    | ALLOW(EXTRACT_XML)),
        .help = "only that part, as it stands in the image",
    },
    { .name = "memory", .word = "ADDRESS:LENGTH",
      IS_TAKEN_BY(take_memory_place),
      .help = "only these bytes of the guest's memory" },
    FORMAT_ROW(struct show_request, format),
    { .name = NULL },
};

static int cmd_show(int argc, char **argv);

const struct verb verb_show = {
    .name = "show",
    .run = cmd_show,
    .synopsis = "IMAGE",
    .summary = "what a save image is and carries",
    .description = "Shows what a save image is and carries; - is standard "
                   "input.",
    .options = show_options,
    .exit_status = "0, or 2 if it is no save image or what was read of it is "
                   "damaged; 'verify' reads all of it.",
    .operands = { { "IMAGE", OFFER_FILES } },
    .least = 1,
    .most = 1,
    .expected = "one image is expected",
};

/* For a terminal: lines stay lines, all else that steers it is escaped. */
static void print_part(const char *text, size_t n)
{
    while (n) {
        CLEANUP_BUFFER struct buffer safe = { 0 };
        const char *end = memchr(text, '\n', n);
        size_t line = end ? (size_t)(end - text) : n;

        buffer_put_safe(&safe, text, line);
        if (buffer_failed(&safe))
            lose_output("out of memory");
        puts(safe.data ? safe.data : "");
        line += end != NULL;
        text += line;
        n -= line;
    }
}

static int extract(const struct save_image *image, const struct show_request *q)
{
    CLEANUP_BUFFER struct buffer list = { 0 };
    const char *text = NULL;
    size_t n = 0;

    if (q->extract == EXTRACT_CONFIG) {
        text = image->config;
        n = image->config_length;
    } else if (q->extract == EXTRACT_XML) {
        text = image->xml;
        n = image->xml_length;
    } else if (image->has_metadata) {
        keylist_print(&image->metadata, &list);
        buffer_puts(&list, "\n");
        if (buffer_failed(&list)) {
            complain("out of memory");
            return STATUS_ERROR;
        }
        text = list.data;
        n = list.length;
    }
    if (!text) {
        complain("%s: the image has no such part", q->path);
        return STATUS_ERROR;
    }
    if (isatty(STDOUT_FILENO))
        print_part(text, n);
    else
        fwrite(text, 1, n, stdout);
    return STATUS_YES;
}

static int show_image(const struct output *out, const struct show_request *q,
                      const struct shown *shown,
                      const struct xr_error *failure)
{
    if (q->extract != EXTRACT_NONE)
        return failure ? STATUS_ERROR : extract(shown->image, q);
    if (output_is_json(out))
        show_json(out, shown, failure);
    else
        show_text(q->path, shown);
    return failure ? STATUS_ERROR : STATUS_YES;
}

/* What could be read is shown, also of a damaged image. */
static int show(const struct output *out, const struct show_request *q)
{
    CLEANUP_SAVE_IMAGE struct save_image image = { 0 };
    CLEANUP_RECORDS struct records records = { 0 };
    struct shown shown = { &image, q->records ? &records : NULL, { 0 } };
    CLEANUP_CLOSE int fd = -1;
    struct xr_error err;
    int r;

    fd = input_open(q->path, &err);
    if (fd >= 0 && q->memory.length)
        return show_memory(out, q->path, fd, &q->memory);
    if (fd < 0 || occupancy_read(fd, &shown.occupancy, &err))
        return output_file_failure(out, q->path, &err);
    r = save_image_read(fd, q->records ? records_add : NULL, &records,
                        &image, &err);
    if (r && image.container == CONTAINER_UNKNOWN)
        return output_file_failure(out, q->path, &err);
    if (r)
        events_fail(&out->events, q->path, &err);
    return show_image(out, q, &shown, r ? &err : NULL);
}

static int cmd_show(int argc, char **argv)
{
    struct show_request q = { .format = FORMAT_TEXT };
    int first = options_parse(&verb_show, argc, argv, &q);
    struct output out;

    if (first < 0)
        return -1 - first;
    if (q.extract != EXTRACT_NONE && q.format != FORMAT_TEXT) {
        complain("show --extract: it prints the part as it is, not as JSON");
        return complain_usage("show");
    }
    if (q.memory.length && (q.extract != EXTRACT_NONE || q.records)) {
        complain("show --memory: it shows bytes of memory and nothing else");
        return complain_usage("show");
    }
    q.path = argv[first];
    output_begin(&out, q.format, false);
    return finish_output(show(&out, &q));
}
