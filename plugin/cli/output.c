/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/output.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/output_lines.h"
#include "cli/signals.h"
#include "util/buffer.h"
#include "util/clock.h"

enum {
    PROGRESS_EVERY_MS = 50,
    /* For a reader that does not read: the guest must not wait for it. */
    READER_MS = 2000,
};

static enum format format_known = FORMAT_TEXT;

enum format output_format_known(void)
{
    return format_known;
}

/*
 * Is there room for a line, now or in so many ms?  A file always has it.  A
 * signal is no room: it begins the wait anew.
 */
static bool reader_takes_line(int ms)
{
    struct pollfd out = { .fd = STDOUT_FILENO, .events = POLLOUT };
    int r;

    do
        r = poll(&out, 1, ms);
    while (r < 0 && errno == EINTR);
    return r > 0;
}

/*
 * Who does not read for so long gets no more events, but the result, which
 * comes when the guest is taken care of.
 */
static bool reader_listens(void)
{
    static bool deaf;

    deaf = deaf || !reader_takes_line(READER_MS);
    return !deaf;
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
    if (!reader_listens())
        return;
    g = line_begin("stage");
    json_text(g, "stage", stage);
    json_number(g, "at", unix_ms());
    line_end(g);
}

static int line_progress(void *data, uint64_t done, uint64_t total)
{
    uint64_t now = clock_ms();
    struct output *out = data;
    yajl_gen g;

    if ((out->told_ms && now - out->told_ms < PROGRESS_EVERY_MS)
        || !reader_takes_line(0))
        return signals_want_stop();
    out->told_ms = now;
    g = line_begin("progress");
    json_number(g, "bytes", done);
    if (total)
        json_number(g, "total", total);
    else
        json_null(g, "total");
    line_end(g);
    return signals_want_stop();
}

static void line_message(void *data, enum message_level level,
                         const char *text)
{
    yajl_gen g;

    (void)data;
    if (!reader_listens())
        return;
    g = line_begin("message");
    json_text(g, "level", message_level_name(level));
    json_text(g, "text", text);
    line_end(g);
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
    if (lines)
        line_hello();
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
