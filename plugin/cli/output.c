/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/output.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/signals.h"
#include "util/buffer.h"
#include "util/reason.h"

/* A line is whole when it is on the wire: another program waits for it. */
static void end_line(yajl_gen g)
{
    yajl_gen_map_close(g);
    json_free(&g);
    putchar('\n');
    fflush(stdout);
}

static yajl_gen begin_line(const char *event)
{
    yajl_gen g = json_new_line();

    yajl_gen_map_open(g);
    json_text(g, "event", event);
    return g;
}

static uint64_t unix_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void line_stage(void *data, const char *stage)
{
    struct output *out = data;
    yajl_gen g = begin_line("stage");

    out->stage = stage;
    json_text(g, "stage", stage);
    json_number(g, "at", unix_ms());
    end_line(g);
}

static int line_progress(void *data, uint64_t done, uint64_t total)
{
    yajl_gen g = begin_line("progress");

    (void)data;
    json_number(g, "bytes", done);
    if (total)
        json_number(g, "total", total);
    else
        json_null(g, "total");
    end_line(g);
    return signals_want_stop();
}

static void line_message(void *data, enum message_level level,
                         const char *text)
{
    yajl_gen g = begin_line("message");

    (void)data;
    json_text(g, "level", message_level_name(level));
    json_text(g, "text", text);
    end_line(g);
}

static void note_stage(void *data, const char *stage)
{
    struct output *out = data;

    out->stage = stage;
    progress_end(&out->bar);
    progress_begin(&out->bar, out->bar.wanted);
}

static int show_progress(void *data, uint64_t done, uint64_t total)
{
    struct output *out = data;

    progress_show(&out->bar, done, total);
    return signals_want_stop();
}

/* What a toolstack says stands as it said it, but for what steers a terminal. */
static void show_message(void *data, enum message_level level,
                         const char *text)
{
    CLEANUP_BUFFER struct buffer safe = { 0 };
    struct output *out = data;

    progress_end(&out->bar);
    if (level != MESSAGE_TOOLSTACK) {
        complain("%s", text);
        return;
    }
    buffer_put_safe(&safe, text, strlen(text));
    fprintf(stderr, "%s\n", safe.data ? safe.data : "");
}

void output_begin(struct output *out, enum format format, bool progress)
{
    bool lines = format == FORMAT_JSONL;
    yajl_gen g;

    *out = (struct output){
        .format = format,
        .events = {
            .data = out,
            .stage = lines ? line_stage : note_stage,
            .progress = lines ? line_progress : show_progress,
            .message = lines ? line_message : show_message,
        },
    };
    progress_begin(&out->bar, progress);
    if (!lines)
        return;
    g = begin_line("hello");
    json_text(g, "version", PACKAGE_VERSION);
    end_line(g);
}

void output_end(struct output *out)
{
    progress_end(&out->bar);
}

static void json_error(yajl_gen g, const struct output *out,
                       const struct xr_error *err, const char *domain)
{
    json_key(g, "error");
    yajl_gen_map_open(g);
    json_text(g, "code", reason_name(err->reason));
    json_text(g, "message", err->message);
    if (err->offset != XR_NO_OFFSET)
        json_number(g, "offset", err->offset);
    json_text(g, "stage", out->stage);
    json_text(g, "domain", domain);
    yajl_gen_map_close(g);
}

yajl_gen output_result_begin(const struct output *out,
                             const struct xr_error *err, const char *domain)
{
    yajl_gen g;

    if (out->format == FORMAT_JSONL) {
        g = begin_line("result");
    } else {
        g = json_new();
        yajl_gen_map_open(g);
    }
    json_bool(g, "ok", !err);
    if (err)
        json_error(g, out, err, domain);
    return g;
}

void json_ok(yajl_gen g, const struct xr_error *err)
{
    static const struct output none = { .format = FORMAT_JSON };

    json_bool(g, "ok", !err);
    if (err)
        json_error(g, &none, err, NULL);
}

/* The last one counts, as for the parser; a command of exec's is not ours. */
static enum format find_format(char **argv)
{
    enum format format = FORMAT_TEXT;

    for (; *argv && strcmp(*argv, "--"); argv++)
        if (!strcmp(*argv, "--format=json"))
            format = FORMAT_JSON;
        else if (!strcmp(*argv, "--format=jsonl"))
            format = FORMAT_JSONL;
    return format;
}

void output_last_failure(char **argv, int status)
{
    const struct output out = { .format = find_format(argv) };

    if (status != STATUS_YES && output_is_json(&out) && !json_is_written())
        output_failure(&out, last_failure(), NULL);
}

void output_result_end(const struct output *out, yajl_gen g)
{
    if (out->format == FORMAT_JSONL) {
        end_line(g);
        return;
    }
    yajl_gen_map_close(g);
    json_free(&g);
}

int output_status(const struct xr_error *err)
{
    return reason_is_no(err->reason) ? STATUS_NO : STATUS_ERROR;
}

int output_failure(const struct output *out, const struct xr_error *err,
                   const char *domain)
{
    if (output_is_json(out))
        output_result_end(out, output_result_begin(out, err, domain));
    return finish_output(output_status(err));
}
