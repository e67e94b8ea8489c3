/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * show: what a save image is and carries.
 */
#include "config.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/input.h"
#include "cli/show.h"
#include "cli/table.h"
#include "lib/judge_list.h"
#include "util/cleanup.h"

static void print_help(void)
{
    printf("Usage: xen-resumable show [OPTIONS] IMAGE\n"
           "Shows what a save image is and carries; - is standard input.\n"
           "\n"
           "      --records           every record, with offset and length\n"
           "      --extract=config|metadata|xml\n"
           "                          only that part, as it stands in the "
           "image\n"
           "      --format=text|json\n"
           "\n"
           "Exit status: 0, or 2 if it is no save image or what was read of it is\n"
           "damaged; 'verify' reads all of it.\n");
}

enum extract {
    EXTRACT_NONE,
    EXTRACT_CONFIG,
    EXTRACT_METADATA,
    EXTRACT_XML,
};

struct request {
    const char *path;
    bool records;
    enum extract extract;
    enum format format;
};

static bool parse_extract(const char *word, enum extract *out)
{
    static const char *const words[] = {
        [EXTRACT_CONFIG] = "config",
        [EXTRACT_METADATA] = "metadata",
        [EXTRACT_XML] = "xml",
    };
    enum extract e;

    for (e = EXTRACT_CONFIG; e <= EXTRACT_XML; e++) {
        if (!strcmp(word, words[e])) {
            *out = e;
            return true;
        }
    }
    complain("--extract=%s: config, metadata or xml is expected", word);
    complain_usage("show");
    return false;
}

/* 0 to go on, else -1 - exit status. */
static int parse(int argc, char **argv, struct request *q)
{
    static const struct option options[] = {
        { "help", no_argument, NULL, 'h' },
        { "records", no_argument, NULL, 'r' },
        { "extract", required_argument, NULL, 'x' },
        { "format", required_argument, NULL, 'f' },
        { NULL, 0, NULL, 0 },
    };
    int option;

    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        switch (option) {
        case 'h':
            print_help();
            return -1 - finish_output(STATUS_YES);
        case 'r':
            q->records = true;
            break;
        case 'x':
            if (!parse_extract(optarg, &q->extract))
                return -1 - STATUS_ERROR;
            break;
        case 'f':
            if (!parse_format("show", optarg, false, &q->format))
                return -1 - STATUS_ERROR;
            break;
        default:
            return -1 - complain_usage("show");
        }
    }
    if (argc - optind != 1) {
        complain("show: one image is expected");
        return -1 - complain_usage("show");
    }
    q->path = argv[optind];
    return 0;
}

/* For a terminal: lines stay lines, all else that steers it is escaped. */
static void print_text(const char *text, size_t n)
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

static int extract(const struct save_image *image, const struct request *q)
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
        print_text(text, n);
    else
        fwrite(text, 1, n, stdout);
    return STATUS_YES;
}

/* What could be read is shown, also of a damaged image. */
static int show(const struct request *q, int fd)
{
    CLEANUP_SAVE_IMAGE struct save_image image = { 0 };
    CLEANUP_RECORDS struct records records = { 0 };
    struct xr_error err;
    int status = STATUS_YES;
    int r;

    r = save_image_read(fd, q->records ? records_add : NULL, &records,
                        &image, &err);
    if (r)
        status = complain_error(q->path, &err);
    if (image.container == CONTAINER_UNKNOWN)
        return status;
    if (q->extract != EXTRACT_NONE)
        return r ? status : extract(&image, q);
    if (q->format == FORMAT_JSON)
        show_json(&image, q->records ? &records : NULL);
    else
        show_text(q->path, &image, q->records ? &records : NULL);
    return status;
}

int cmd_show(int argc, char **argv)
{
    struct request q = { .format = FORMAT_TEXT };
    CLEANUP_CLOSE int fd = -1;
    int r = parse(argc, argv, &q);

    if (r)
        return -1 - r;
    fd = input_open(q.path);
    if (fd < 0)
        return STATUS_ERROR;
    return finish_output(show(&q, fd));
}
