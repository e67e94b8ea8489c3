/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/progress.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "util/buffer.h"
#include "util/outlet.h"

enum {
    PATIENCE_MS = 500,
    WIDTH = 40,
};

/* As wide as the bar, with all that stands behind it, and "^C". */
#define BLANKS_39 "                                       "
static const char clear_line[] = "\r" BLANKS_39 BLANKS_39 "\r";

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

/*
 * Ctrl-C where nothing else takes it: the half bar goes, then the program.  Who
 * has stopped the terminal is not waited for.
 */
static void clear_and_die(int number)
{
    struct pollfd out = { .fd = STDERR_FILENO, .events = POLLOUT };

    if (poll(&out, 1, 0) > 0 && out.revents == POLLOUT)
        while (write(STDERR_FILENO, clear_line, strlen(clear_line)) < 0
               && errno == EINTR)
            ;
    raise(number); /* the handler is gone: SA_RESETHAND */
}

/* Only signals that would end the program: not those that others take. */
static void change_handlers(bool shown)
{
    static const int ending[] = { SIGINT, SIGHUP, SIGQUIT, SIGTERM };
    const struct sigaction ours = {
        .sa_handler = clear_and_die, .sa_flags = SA_RESETHAND | SA_NODEFER,
    };
    const struct sigaction none = { .sa_handler = SIG_DFL };
    struct sigaction now;
    size_t i;

    for (i = 0; i < sizeof(ending) / sizeof(ending[0]); i++)
        if (!sigaction(ending[i], NULL, &now)
            && now.sa_handler == (shown ? SIG_DFL : clear_and_die))
            sigaction(ending[i], shown ? &ours : &none, NULL);
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
    if (!p->shown)
        change_handlers(true);
    p->shown = true;
    progress_draw(p, done, all, ms);
    return 0;
}

void progress_end(struct progress *p)
{
    if (p->shown && !outlet_is_deaf(STDERR_FILENO))
        outlet_write(STDERR_FILENO, clear_line, strlen(clear_line));
    if (p->shown)
        change_handlers(false);
    p->shown = false;
}
