/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * show: what a save image is and carries.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/images.h"
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
    char **paths; /* NULL at the end */
    size_t count;
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
      .help = "list every record, with offset and length" },
    {
        .name = "extract",
        SETS_CHOICE(struct show_request, extract, extract_choices,
                    ALLOW(EXTRACT_CONFIG) | ALLOW(EXTRACT_METADATA)
                    | ALLOW(EXTRACT_XML)),
        .help = "print only this part, as it is in the image",
    },
    { .name = "memory", .word = "ADDRESS:LENGTH",
      IS_TAKEN_BY(take_memory_place),
      .help = "print only these bytes of the guest's memory" },
    FORMAT_ROW(struct show_request, format),
    { .name = NULL },
};

static int cmd_show(int argc, char **argv);

const struct verb verb_show = {
    .name = "show",
    .run = cmd_show,
    .synopsis = "IMAGE...",
    .summary = "show what is in a save image",
    .description = "Shows what each save image is, and what is in it. - is "
                   "standard input.",
    .options = show_options,
    .exit_status = "0 shown; 2 error, not a save image, or what was read of "
                   "it is damaged ('verify' reads all of it).",
    .operands = { { "IMAGE", OFFER_FILES } },
    .least = 1,
    .most = OPERANDS_ANY,
    .expected = "an image is expected",
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

static int extract(const struct save_image *image, const struct show_request *q,
                   const char *path)
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
        complain("%s: the image has no such part", path);
        return STATUS_ERROR;
    }
    if (isatty(STDOUT_FILENO))
        print_part(text, n);
    else
        fwrite(text, 1, n, stdout);
    return STATUS_YES;
}

/* An image, and as much of it as could be read. */
struct showing {
    const char *path;
    int r;
    struct save_image image;
    struct records records;
    struct shown shown;
    struct xr_error error;
};

/* Nothing is known of it, not even what it is wrapped in. */
static bool is_no_image(const struct showing *s)
{
    return s->r && s->image.container == CONTAINER_UNKNOWN;
}

static void read_showing(const struct output *out,
                         const struct show_request *q, struct showing *s)
{
    CLEANUP_CLOSE int fd = -1;

    s->shown.image = &s->image;
    s->shown.records = q->records ? &s->records : NULL;
    fd = input_open(s->path, &s->error);
    s->r = fd < 0 ? fd : occupancy_read(fd, &s->shown.occupancy, &s->error);
    if (!s->r)
        s->r = save_image_read(fd, q->records ? records_add : NULL,
                               &s->records, &s->image, &s->error);
    if (!s->r)
        s->r = image_disks_read(&s->image.metadata, &s->shown.disks,
                                &s->error);
    if (s->r)
        events_fail_file(&out->events, s->path, &s->error);
}

/* What could be read is shown, also of a damaged image. */
static int show_as_text(const struct show_request *q, const struct showing *s)
{
    if (is_no_image(s))
        return STATUS_ERROR;
    if (q->extract != EXTRACT_NONE)
        return s->r ? STATUS_ERROR : extract(&s->image, q, s->path);
    show_text(s->path, &s->shown);
    return s->r ? STATUS_ERROR : STATUS_YES;
}

static const char *shown_path(const void *data, size_t i)
{
    return ((const struct showing *)data)[i].path;
}

static const struct xr_error *shown_failure(const void *data, size_t i)
{
    const struct showing *s = (const struct showing *)data + i;

    return s->r ? &s->error : NULL;
}

static void put_shown(yajl_gen g, const void *data, size_t i)
{
    const struct showing *s = (const struct showing *)data + i;

    if (!is_no_image(s))
        show_json(g, &s->shown);
}

static void show_as_json(const struct output *out,
                         const struct showing *images, size_t count)
{
    const struct image_answers answers = {
        count, shown_path, shown_failure, put_shown, images,
    };

    json_images(out, &answers);
}

static int show(const struct output *out, const struct show_request *q,
                struct showing *images)
{
    int status = STATUS_YES;
    size_t i;

    for (i = 0; i < q->count; i++) {
        images[i].path = q->paths[i];
        read_showing(out, q, &images[i]);
        if (images[i].r)
            status = STATUS_ERROR;
        if (output_is_json(out))
            continue;
        if (i && !is_no_image(&images[i]))
            printf("\n");
        if (show_as_text(q, &images[i]))
            status = STATUS_ERROR;
    }
    if (output_is_json(out))
        show_as_json(out, images, q->count);
    return status;
}

static bool is_extract_sound(const struct show_request *q)
{
    if (q->extract == EXTRACT_NONE)
        return true;
    if (q->format != FORMAT_TEXT)
        complain("show --extract: it prints the part as it is, not as JSON");
    else if (q->count > 1)
        complain("show --extract: one image is expected");
    else
        return true;
    return false;
}

static bool is_memory_sound(const struct show_request *q)
{
    if (!q->memory.length)
        return true;
    if (q->extract != EXTRACT_NONE || q->records)
        complain("show --memory: it shows bytes of memory and nothing else");
    else if (q->count > 1)
        complain("show --memory: one image is expected");
    else
        return true;
    return false;
}

static int show_bytes(const struct output *out, const struct show_request *q)
{
    CLEANUP_CLOSE int fd = -1;
    struct xr_error err;

    fd = input_open(q->paths[0], &err);
    return fd < 0 ? output_file_failure(out, q->paths[0], &err)
                  : show_memory(out, q->paths[0], fd, &q->memory);
}

static int cmd_show(int argc, char **argv)
{
    CLEANUP_FREE struct showing *images = NULL;
    struct show_request q = { .format = FORMAT_TEXT };
    int first = options_parse(&verb_show, argc, argv, &q), status;
    struct output out;
    size_t i;

    if (first < 0)
        return -1 - first;
    q.paths = argv + first;
    q.count = (size_t)(argc - first);
    if (!is_extract_sound(&q) || !is_memory_sound(&q))
        return complain_usage("show");
    images = calloc(q.count, sizeof(*images));
    if (!images) {
        complain("out of memory");
        return STATUS_ERROR;
    }
    output_begin(&out, q.format, false);
    status = q.memory.length ? show_bytes(&out, &q) : show(&out, &q, images);
    for (i = 0; i < q.count; i++) {
        save_image_free(&images[i].image);
        records_free(&images[i].records);
        image_disks_free(&images[i].shown.disks);
    }
    return finish_output(status);
}
