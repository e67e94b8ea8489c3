/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PATIENCE_MS = 500, WIDTH = 40 };

void progress_begin(struct progress *p, bool always)
{
    *p = (struct progress){
        .wanted = always || isatty(STDERR_FILENO),
        .percent = -1,
    };
    clock_gettime(CLOCK_MONOTONIC, &p->started);
}

static bool is_late(const struct progress *p)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (now.tv_sec - p->started.tv_sec) * 1000
           + (now.tv_nsec - p->started.tv_nsec) / 1000000 >= PATIENCE_MS;
}

void progress_show(void *data, uint64_t done, uint64_t all)
{
    static const char full[] = "########################################";
    struct progress *p = data;
    int percent;

    if (!p->wanted || !all || done > all)
        return;
    percent = (int)((double)done / (double)all * 100);
    if (percent == p->percent || (!p->shown && !is_late(p)))
        return;
    fprintf(stderr, "\r[%-*.*s] %3d %%", WIDTH, percent * WIDTH / 100, full,
            percent);
    p->percent = percent;
    p->shown = true;
}

void progress_end(struct progress *p)
{
    if (p->shown)
        fprintf(stderr, "\r%*s\r", WIDTH + 8, "");
    p->shown = false;
}
