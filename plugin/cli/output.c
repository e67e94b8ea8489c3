/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/output.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/output_lines.h"
#include "cli/signals.h"
#include "util/buffer.h"
#include "util/clock.h"
#include "util/outlet.h"

enum { PROGRESS_EVERY_MS = 50 };

static enum format format_known = FORMAT_TEXT;

enum format output_format_known(void)
{
    return format_known;
}

/* Of an event: it goes out as a whole, or is left out. */
static yajl_gen event_begin(const char *event)
{
    yajl_gen g = json_new_kept();

    signals_hold();
    yajl_gen_map_open(g);
    json_text(g, "event", event);
    return g;
}

static void event_end(yajl_gen g)
{
    CLEANUP_BUFFER struct buffer line = { 0 };
    const unsigned char *text;
    size_t n;

    yajl_gen_map_close(g);
    if (yajl_gen_get_buf(g, &text, &n) == yajl_gen_status_ok)
        buffer_append(&line, text, n);
    buffer_puts(&line, "\n");
    if (!buffer_failed(&line))
        outlet_write(STDOUT_FILENO, line.data, line.length);
    json_free(&g);
    signals_release();
}

void line_end(yajl_gen g)
{
    yajl_gen_map_close(g);
    json_free(&g);
    putchar('\n');
    fflush(stdout);
    signals_release();
}

yajl_gen line_begin(const char *event)
{
    yajl_gen g = json_new_line();

    signals_hold();
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
    yajl_gen g;

    out->stage = stage;
    out->told_ms = 0;
    g = event_begin("stage");
    json_text(g, "stage", stage);
    json_number(g, "at", unix_ms());
    event_end(g);
}

static int line_progress(void *data, uint64_t done, uint64_t total)
{
    uint64_t now = clock_ms();
    struct output *out = data;
    yajl_gen g;

    if ((out->told_ms && now - out->told_ms < PROGRESS_EVERY_MS)
        || !outlet_takes(STDOUT_FILENO, 0))
        return signals_want_stop();
    out->told_ms = now;
    g = event_begin("progress");
    json_number(g, "bytes", done);
    if (total)
        json_number(g, "total", total);
    else
        json_null(g, "total");
    event_end(g);
    return signals_want_stop();
}

static void line_message(void *data, enum message_level level,
                         const char *text)
{
    yajl_gen g = event_begin("message");

    (void)data;
    json_text(g, "level", message_level_name(level));
    json_text(g, "text", text);
    event_end(g);
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
    buffer_puts(&safe, "\n");
    outlet_write(STDERR_FILENO, safe.data ? safe.data : "", safe.length);
}

void line_hello(void)
{
    static bool written;
    yajl_gen g;

    if (written)
        return;
    written = true;
    g = line_begin("hello");
    json_text(g, "version", PACKAGE_VERSION);
    line_end(g);
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
    if (!lines)
        return;
    line_hello();
    outlet_guard(STDOUT_FILENO);
}

void output_guard(struct output *out)
{
    out->guarded = true;
    outlet_guard(STDERR_FILENO);
}

void output_end(struct output *out)
{
    size_t left_out;

    progress_end(&out->bar);
    if (!out->guarded)
        return;
    out->guarded = false;
    left_out = outlet_release(STDERR_FILENO);
    if (left_out)
        complain("%zu message%s left out here, for nobody read what was "
                 "written", left_out, left_out == 1 ? " was" : "s were");
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
