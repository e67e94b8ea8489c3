/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/run_command.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/events.h"

static volatile sig_atomic_t child;

static void pass_on(int signal)
{
    if (child)
        kill(child, signal);
}

/*
 * While the command runs: what a terminal sends reaches it by itself, what is
 * sent to this process alone is passed on.
 */
static const struct {
    int signal;
    void (*handler)(int);
} signals[] = {
    { SIGINT, SIG_IGN },
    { SIGQUIT, SIG_IGN },
    { SIGTERM, pass_on },
    { SIGHUP, pass_on },
    { SIGPIPE, SIG_IGN }, /* nobody may read the messages any more */
};

enum { SIGNALS = sizeof(signals) / sizeof(signals[0]) };

static void take_signals(struct sigaction old[SIGNALS])
{
    size_t i;

    for (i = 0; i < SIGNALS; i++) {
        struct sigaction new = { .sa_handler = signals[i].handler };

        sigaction(signals[i].signal, &new, &old[i]);
    }
}

static void restore_signals(const struct sigaction old[SIGNALS])
{
    size_t i;

    for (i = 0; i < SIGNALS; i++)
        sigaction(signals[i].signal, &old[i], NULL);
}

/* The child knows nothing of what the parent does with signals. */
static pid_t start_command(char **argv, const struct heir *heir,
                           const struct sigaction old[SIGNALS])
{
    pid_t pid, self = getpid();
    sigset_t before, taken;
    size_t i;

    sigemptyset(&taken);
    for (i = 0; i < SIGNALS; i++)
        sigaddset(&taken, signals[i].signal);
    sigprocmask(SIG_BLOCK, &taken, &before);
    pid = fork();
    if (pid == 0) {
        restore_signals(old);
        sigprocmask(SIG_SETMASK, &before, NULL);
        if (!heir_tell(heir, self))
            _exit(COMMAND_NOT_RUN);
        execvp(argv[0], argv);
        events_say(heir->events, MESSAGE_ERROR, "%s: %s", argv[0],
                   strerror(errno));
        _exit(COMMAND_NOT_RUN);
    }
    if (pid < 0)
        events_say(heir->events, MESSAGE_ERROR, "cannot start %s: %s", argv[0],
                   strerror(errno));
    child = pid < 0 ? 0 : pid;
    sigprocmask(SIG_SETMASK, &before, NULL);
    return pid;
}

int run_command(char **argv, const struct heir *heir)
{
    struct sigaction old[SIGNALS];
    int status = 0, r;
    pid_t pid;

    take_signals(old);
    pid = start_command(argv, heir, old);
    do
        r = pid < 0 ? -1 : waitpid(pid, &status, 0);
    while (pid > 0 && r < 0 && errno == EINTR);
    child = 0;
    restore_signals(old);
    if (r < 0)
        return COMMAND_NOT_RUN;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
