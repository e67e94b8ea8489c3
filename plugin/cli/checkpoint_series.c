/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * checkpoint of several guests, and the summary (engine/series_take.h).
 */
#include "config.h"

#include "cli/checkpoint_series.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/facts.h"
#include "cli/list.h"
#include "cli/table.h"
#include "engine/series.h"
#include "engine/series_take.h"
#include "util/cleanup.h"
#include "util/reason.h"

static int set_options(const void *data, struct xr_options *options,
                       struct xr_error *err)
{
    return checkpoint_options_forward(data, options, err);
}

/* Once the guest may have noticed something a failure is a no. */
static int guest_status(const struct series_guest *g)
{
    enum xr_reason reason = g->error.reason;

    if (g->result)
        return STATUS_YES;
    return reason == XR_REASON_SYSTEM || reason == XR_REASON_NO_XEN
           || reason == XR_REASON_USAGE ? STATUS_ERROR : STATUS_NO;
}

static int worst_status(const struct series *series)
{
    int status = STATUS_YES, each;
    size_t i;

    for (i = 0; i < series->count; i++) {
        each = guest_status(&series->guests[i]);
        if (each > status)
            status = each;
    }
    return status;
}

static size_t count_done(const struct series *series)
{
    size_t i, count = 0;

    for (i = 0; i < series->count; i++)
        count += series->guests[i].result != NULL;
    return count;
}

static void cell_of_size(struct table *t, const struct series_guest *g,
                         const char *key)
{
    char text[SIZE_TEXT_MAX] = "";
    uint64_t number;

    if (!xr_result_number(g->result, key, &number))
        size_text(number, text);
    table_cell(t, text);
}

static void cell_of_time(struct table *t, const struct series_guest *g,
                         const char *key, double unit, const char *format)
{
    char text[32] = "";
    uint64_t number;

    if (!xr_result_number(g->result, key, &number))
        snprintf(text, sizeof(text), "%.1f %s", (double)number / unit, format);
    table_cell(t, text);
}

static void print_series(const struct series *series, const char *dir,
                         bool dry_run)
{
    struct table *t = table_new();
    size_t i;

    table_column(t, "GUEST");
    table_column_right(t, "SIZE");
    table_column_right(t, "WRITTEN");
    table_column_right(t, "FROZEN");
    table_column_right(t, "TIME");
    table_prose(t, "IMAGE, OR WHY THERE IS NONE");
    for (i = 0; i < series->count; i++) {
        const struct series_guest *g = &series->guests[i];

        table_row(t);
        table_cell(t, g->name);
        cell_of_size(t, g, "bytes");
        cell_of_size(t, g, "bytes_written");
        cell_of_time(t, g, "freeze_us", 1000, "ms");
        cell_of_time(t, g, "total_ms", 1000, "s");
        if (g->result)
            table_cell(t, path_below(g->image, dir));
        else
            table_marked(t, MARK_BAD, g->error.message);
    }
    if (series->count)
        table_print(t, "");
    table_free(t);
    printf("%zu of %zu guests %s checkpointed into ", count_done(series),
           series->count, dry_run ? "would be" : "were");
    print_safe(dir);
    printf("\n");
}

static void json_result_number(yajl_gen g, const struct xr_result *result,
                               const char *key)
{
    uint64_t number;

    if (!xr_result_number(result, key, &number))
        json_number(g, key, number);
}

static void json_result_text(yajl_gen g, const struct xr_result *result,
                             const char *key)
{
    const char *text = xr_result_text(result, key);

    if (text)
        json_text(g, key, text);
}

/* Of an array nobody knows the length. */
static const char *text_of_disk(const struct xr_result *result, size_t i,
                                const char *key)
{
    char path[64];

    snprintf(path, sizeof(path), "disks[%zu].%s", i, key);
    return xr_result_text(result, path);
}

static void json_guest_disks(yajl_gen g, const struct xr_result *result)
{
    static const char *const keys[] = { "vdev", "target", "driver", "copy",
                                        "why" };
    size_t i, k;

    json_key(g, "disks");
    yajl_gen_array_open(g);
    for (i = 0; text_of_disk(result, i, "vdev"); i++) {
        yajl_gen_map_open(g);
        json_bool(g, "kept", text_of_disk(result, i, "driver"));
        for (k = 0; k < sizeof(keys) / sizeof(*keys); k++)
            json_text(g, keys[k], text_of_disk(result, i, keys[k]));
        yajl_gen_map_close(g);
    }
    yajl_gen_array_close(g);
}

static void json_guest_error(yajl_gen g, const struct series_guest *guest)
{
    json_key(g, "error");
    yajl_gen_map_open(g);
    json_text(g, "code", reason_name(guest->error.reason));
    json_text(g, "message", guest->error.message);
    if (guest->error.offset != XR_NO_OFFSET)
        json_number(g, "offset", guest->error.offset);
    json_text(g, "stage", guest->stage);
    yajl_gen_map_close(g);
}

static void json_series_guest(yajl_gen g, const struct series_guest *guest)
{
    static const char *const numbers[] = {
        "domid", "bytes", "bytes_written", "bytes_shared", "pages_changed",
        "freeze_us", "total_ms",
    };
    static const char *const texts[] = {
        "container", "layout", "parent", "guest", "resumable", "policy",
    };
    size_t i;

    yajl_gen_map_open(g);
    json_text(g, "domain", guest->name);
    json_text(g, "image", guest->image);
    json_bool(g, "ok", guest->result);
    if (!guest->result)
        json_guest_error(g, guest);
    for (i = 0; guest->result && i < sizeof(numbers) / sizeof(*numbers); i++)
        json_result_number(g, guest->result, numbers[i]);
    for (i = 0; guest->result && i < sizeof(texts) / sizeof(*texts); i++)
        json_result_text(g, guest->result, texts[i]);
    if (guest->result)
        json_guest_disks(g, guest->result);
    yajl_gen_map_close(g);
}

/* It fails as the first guest that has failed: where that one was counts. */
static void json_series(const struct output *out, const struct series *series,
                        const char *dir)
{
    const struct series_guest *failed = series_failed(series);
    struct output first = *out;
    yajl_gen g;
    size_t i;

    first.stage = failed ? failed->stage : NULL;
    g = output_result_begin(&first, failed ? &failed->error : NULL,
                            failed ? failed->name : NULL);
    json_text(g, "dir", dir);
    json_key(g, "domains");
    yajl_gen_array_open(g);
    for (i = 0; i < series->count; i++)
        json_series_guest(g, &series->guests[i]);
    yajl_gen_array_close(g);
    output_result_end(out, g);
}

static void series_cleanup(struct series *series)
{
    series_free(series);
}

int checkpoint_series(const struct checkpoint_request *q, struct output *out)
{
    static const struct events quiet = { .data = NULL }; /* it was said before */
    CLEANUP_FREE char *dir = series_dir(q->dir, &quiet);
    CLEANUP(series_cleanup) struct series series = { 0 };
    const struct series_order order = {
        .dir = dir,
        .is_default_dir = dir && !strcmp(dir, SERIES_DIR),
        .all = q->all,
        .domains = q->domains,
        .shares = strcmp(q->options.parent, "none")
                  && q->options.layout == CHECKPOINT_FLAT,
        .dry_run = q->options.dry_run,
        .set_options = set_options,
        .data = q,
    };
    struct xr_error err;
    int r = dir ? series_take(&order, &out->events, &series, &err)
                : error_set(&err, ENOMEM, "out of memory");

    output_end(out);
    if (r)
        return output_verb_failure(out, "checkpoint", &err);
    if (output_is_json(out))
        json_series(out, &series, dir);
    else
        print_series(&series, dir, q->options.dry_run);
    return finish_output(worst_status(&series));
}
