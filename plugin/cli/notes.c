/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * notes: the image metadata of kernel images, as a list, a table or JSON.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/input.h"
#include "cli/notes_reading.h"
#include "cli/options_common.h"
#include "cli/output.h"
#include "util/cleanup.h"

struct notes_request {
    enum format format;
};

static const struct option_row notes_options[] = {
    {
        .name = "format",
        SETS_CHOICE(struct notes_request, format, format_choices,
                    FORMATS_ALL_HAVE | ALLOW(FORMAT_LIST)),
        .help = "one line of NAME=VALUE,... (list, the default), a table "
                "(text), or JSON for programs",
    },
    { .name = NULL },
};

static int cmd_notes(int argc, char **argv);

const struct verb verb_notes = {
    .name = "notes",
    .run = cmd_notes,
    .synopsis = "KERNEL...",
    .summary = "print the Xen notes of a kernel",
    .description = "Prints the Xen notes of a kernel: an ELF file, a bzImage or "
                   "a unified kernel image, compressed in any way that Linux "
                   "knows. - is standard input.",
    .options = notes_options,
    .exit_status = "0 all have notes; 1 a kernel has none; 2 error.",
    .operands = { { "KERNEL", OFFER_FILES } },
    .least = 1,
    .most = OPERANDS_ANY,
    .expected = "a kernel is expected",
};

static void reading_take(const struct events *events, const char *path,
                         struct reading *out)
{
    CLEANUP_CLOSE int fd = -1;
    bool is_read;
    int r;

    *out = (struct reading){ .path = path, .status = STATUS_ERROR };
    fd = input_open(path, &out->failure);
    is_read = fd >= 0;
    r = is_read ? image_notes_from_fd(fd, &out->notes, &out->info,
                                      &out->failure) : fd;
    if (r)
        events_fail_file(events, path, &out->failure);
    if (is_read && (!r || r == -ENOENT))
        out->status = r ? STATUS_NO : STATUS_YES;
}

static void json_reading(yajl_gen g, const struct reading *reading)
{
    const struct image_info *info = &reading->info;
    size_t i;

    json_text(g, "image", reading->path);
    json_text(g, "container", info->container);
    json_text(g, "compression", info->compression);
    json_number(g, "bits", info->bits);
    json_bool(g, "big_endian", info->big_endian);
    json_text(g, "place", info->place);
    json_text(g, "loader", info->loader);
    json_key(g, "notes");
    yajl_gen_map_open(g);
    for (i = 0; i < reading->notes.count; i++) {
        json_key(g, reading->notes.pairs[i].key);
        json_string(g, reading->notes.pairs[i].value,
                    reading->notes.pairs[i].value_length);
    }
    yajl_gen_map_close(g);
}

/* NULL: none. */
static const struct xr_error *failure_of(const struct reading *reading)
{
    return reading->status == STATUS_YES ? NULL : &reading->failure;
}

static void print_one(const struct output *out, const struct reading *reading)
{
    yajl_gen g = output_result_begin(out, failure_of(reading), NULL);

    if (reading->status != STATUS_ERROR)
        json_reading(g, reading);
    output_result_end(out, g);
}

/* The first; NULL: none. */
static const struct xr_error *find_failure(const struct reading *readings,
                                           size_t count)
{
    const struct xr_error *first = NULL;
    size_t i;

    for (i = 0; i < count && !first; i++)
        first = failure_of(&readings[i]);
    return first;
}

/* "images" has those that could be read. */
static void print_several(const struct output *out,
                          const struct reading *readings, size_t count)
{
    yajl_gen g = output_result_begin(out, find_failure(readings, count), NULL);
    size_t i;

    json_key(g, "images");
    yajl_gen_array_open(g);
    for (i = 0; i < count; i++) {
        if (readings[i].status == STATUS_ERROR)
            continue;
        yajl_gen_map_open(g);
        json_ok(g, failure_of(&readings[i]));
        json_reading(g, &readings[i]);
        yajl_gen_map_close(g);
    }
    yajl_gen_array_close(g);
    output_result_end(out, g);
}

static void print_readings(const struct output *out,
                           const struct reading *readings, size_t count)
{
    if (count == 1)
        print_one(out, readings);
    else
        print_several(out, readings, count);
}

static int worse(int a, int b)
{
    return a > b ? a : b;
}

static int run(const struct output *out, char **paths, size_t count)
{
    struct reading *readings = calloc(count, sizeof(*readings));
    int status = STATUS_YES;
    size_t i;

    if (!readings) {
        complain("out of memory");
        return STATUS_ERROR;
    }
    for (i = 0; i < count; i++) {
        reading_take(&out->events, paths[i], &readings[i]);
        status = worse(status, readings[i].status);
        if (out->format == FORMAT_LIST)
            reading_print_list(&readings[i], count > 1);
        else if (out->format == FORMAT_TEXT)
            reading_print_table(&readings[i]);
    }
    if (output_is_json(out))
        print_readings(out, readings, count);
    for (i = 0; i < count; i++)
        keylist_free(&readings[i].notes);
    free(readings);
    return finish_output(status);
}

static int cmd_notes(int argc, char **argv)
{
    struct notes_request q = { .format = FORMAT_LIST };
    int first = options_parse(&verb_notes, argc, argv, &q);
    struct output out;

    if (first < 0)
        return -1 - first;
    output_begin(&out, q.format, false);
    return run(&out, argv + first, (size_t)(argc - first));
}
