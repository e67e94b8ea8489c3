/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "util/buffer.h"
#include "util/outlet.h"

enum {
    PATIENCE_MS = 500,
    WIDTH = 40,
    LINE_WIDTH = WIDTH + 38, /* with all that stands behind the bar */
};

void progress_begin(struct progress *p, bool always)
{
    *p = (struct progress){
        .wanted = always || isatty(STDERR_FILENO),
        .percent = -1,
    };
    clock_gettime(CLOCK_MONOTONIC, &p->started);
}

static uint64_t elapsed_ms(const struct progress *p)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)((now.tv_sec - p->started.tv_sec) * 1000
                      + (now.tv_nsec - p->started.tv_nsec) / 1000000);
}

/* "[####    ]  42 %  310.5 MiB/s  0:07 left" */
static void progress_draw(const struct progress *p, uint64_t done,
                          uint64_t all, uint64_t ms)
{
    static const char full[] = "########################################";
    double rate = (double)done * 1000 / (double)(ms ? ms : 1);
    uint64_t left = rate > 0 ? (uint64_t)((double)(all - done) / rate) : 0;

    CLEANUP_BUFFER struct buffer line = { 0 };

    buffer_printf(&line, "\r[%-*.*s] %3d %%  %.1f MiB/s  %u:%02u left ",
                  WIDTH, p->percent * WIDTH / 100, full, p->percent,
                  rate / (1 << 20), (unsigned int)(left / 60),
                  (unsigned int)(left % 60));
    if (!buffer_failed(&line))
        outlet_write(STDERR_FILENO, line.data, line.length);
}

/* No bar is waited for. */
static bool progress_is_read(void)
{
    return !outlet_is_deaf(STDERR_FILENO) && outlet_takes(STDERR_FILENO, 0);
}

int progress_show(void *data, uint64_t done, uint64_t all)
{
    struct progress *p = data;
    int percent;
    uint64_t ms;

    if (!p->wanted || !all || done > all)
        return 0;
    percent = (int)((double)done / (double)all * 100);
    if (percent == p->percent)
        return 0;
    ms = elapsed_ms(p);
    if ((!p->shown && ms < PATIENCE_MS) || !progress_is_read())
        return 0;
    p->percent = percent;
    p->shown = true;
    progress_draw(p, done, all, ms);
    return 0;
}

void progress_end(struct progress *p)
{
    char line[LINE_WIDTH + 3];
    int n = snprintf(line, sizeof(line), "\r%*s\r", LINE_WIDTH, "");

    if (p->shown && n > 0 && !outlet_is_deaf(STDERR_FILENO))
        outlet_write(STDERR_FILENO, line, (size_t)n);
    p->shown = false;
}
