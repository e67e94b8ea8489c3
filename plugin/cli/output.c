/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/output.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/signals.h"
#include "util/buffer.h"
#include "util/reason.h"

enum { PROGRESS_EVERY_MS = 50 };

/* Of this process: has it said hello, and has it written its object? */
static bool hello_written, result_written;

/* What the verb was told, once its options are understood. */
static enum format format_known = FORMAT_TEXT;

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

static uint64_t now_ms(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void line_stage(void *data, const char *stage)
{
    struct output *out = data;
    yajl_gen g = begin_line("stage");

    out->stage = stage;
    out->told_ms = 0;
    json_text(g, "stage", stage);
    json_number(g, "at", now_ms(CLOCK_REALTIME));
    end_line(g);
}

static int line_progress(void *data, uint64_t done, uint64_t total)
{
    uint64_t now = now_ms(CLOCK_MONOTONIC);
    struct output *out = data;
    yajl_gen g;

    if (out->told_ms && now - out->told_ms < PROGRESS_EVERY_MS)
        return signals_want_stop();
    out->told_ms = now;
    g = begin_line("progress");
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

static void say_hello(void)
{
    yajl_gen g;

    if (hello_written)
        return;
    hello_written = true;
    g = begin_line("hello");
    json_text(g, "version", PACKAGE_VERSION);
    end_line(g);
}

void output_begin(struct output *out, enum format format, bool progress)
{
    bool lines = format == FORMAT_JSONL;

    format_known = format;
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
    if (lines)
        say_hello();
}

void output_end(struct output *out)
{
    progress_end(&out->bar);
}

static int interrupted(void *data)
{
    (void)data;
    return signals_want_stop();
}

struct listener output_listener(struct output *out)
{
    return (struct listener){
        .progress = out->events.progress,
        .interrupted = interrupted,
        .data = out,
    };
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

    result_written = true;
    if (out->format == FORMAT_JSONL) {
        say_hello();
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

/* The value of --format, which may be shortened; NULL: another word. */
static const char *find_value(char **argv)
{
    size_t n = strcspn(*argv, "=");

    if (n < 3 || strncmp(*argv, "--format", n))
        return NULL;
    return (*argv)[n] ? *argv + n + 1 : argv[1];
}

/* Of a command line that was not understood; the last one counts. */
static enum format find_format(char **argv)
{
    enum format format = format_known;

    for (; *argv && strcmp(*argv, "--"); argv++) {
        const char *value = find_value(argv);

        if (value && !strcmp(value, "json"))
            format = FORMAT_JSON;
        else if (value && !strcmp(value, "jsonl"))
            format = FORMAT_JSONL;
        else if (value && !strcmp(value, "text"))
            format = FORMAT_TEXT;
    }
    return format;
}

void output_last_failure(char **argv, int status)
{
    const struct output out = { .format = find_format(argv) };

    if (status != STATUS_YES && output_is_json(&out) && !result_written)
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

int output_file_failure(const struct output *out, const char *path,
                        const struct xr_error *err)
{
    events_fail(&out->events, path, err);
    output_failure(out, err, NULL);
    return STATUS_ERROR;
}
