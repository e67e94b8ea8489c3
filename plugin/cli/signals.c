/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/signals.h"

#include <signal.h>
#include <stddef.h>

static const int stopping[] = { SIGINT, SIGHUP, SIGQUIT, SIGTERM };

static volatile sig_atomic_t stop_wanted;
static bool taken;
static sigset_t before_hold;

static void want_stop(int signal)
{
    (void)signal;
    stop_wanted = 1;
}

void signals_take(void)
{
    const struct sigaction action = { .sa_handler = want_stop };
    size_t i;

    taken = true;
    signal(SIGPIPE, SIG_IGN); /* of who reads the messages no more */
    for (i = 0; i < sizeof(stopping) / sizeof(stopping[0]); i++)
        sigaction(stopping[i], &action, NULL);
}

static sigset_t stopping_set(void)
{
    sigset_t set;
    size_t i;

    sigemptyset(&set);
    for (i = 0; i < sizeof(stopping) / sizeof(stopping[0]); i++)
        sigaddset(&set, stopping[i]);
    return set;
}

void signals_take_blocked(void)
{
    sigset_t blocked = stopping_set();

    signals_take();
    sigdelset(&blocked, SIGTERM);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
}

void signals_hold(void)
{
    sigset_t held = stopping_set();

    if (taken)
        sigprocmask(SIG_BLOCK, &held, &before_hold);
}

void signals_release(void)
{
    if (taken)
        sigprocmask(SIG_SETMASK, &before_hold, NULL);
}

/* One that is blocked counts, too: it may come to nothing else for long. */
static bool is_stop_pending(void)
{
    sigset_t pending;
    bool found = false;
    size_t i;

    if (sigpending(&pending))
        return false;
    for (i = 0; i < sizeof(stopping) / sizeof(stopping[0]); i++)
        found = found || sigismember(&pending, stopping[i]) == 1;
    return found;
}

bool signals_want_stop(void)
{
    return stop_wanted || is_stop_pending();
}
