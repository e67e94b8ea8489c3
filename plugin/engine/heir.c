/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The wire carries packets: a struct process is somebody who is to be waited
 * for, a single byte says that all is well.  Its end without that byte is the
 * end of who appointed the heir.
 */
#include "config.h"

#include "engine/heir.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "engine/events.h"
#include "domain/process.h"
#include "util/cleanup.h"
#include "util/fault.h"

enum { POLLS_PER_SECOND = 10 };

static void ignore_signals(void)
{
    static const int signals[] = {
        SIGINT, SIGHUP, SIGQUIT, SIGTERM, SIGPIPE,
    };
    size_t i;

    for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
        signal(signals[i], SIG_IGN);
}

/* A pid is used again; the time of its start is not. */
static void wait_for_process(const struct process *process)
{
    const struct timespec pause = { .tv_nsec = 1000000000 / POLLS_PER_SECOND };
    struct process now;

    while (process_read(process->pid, &now)
           && now.started == process->started)
        nanosleep(&pause, NULL);
}

__attribute__((noreturn))
static void heir_serve(int wire, void (*inherit)(void *data), void *data)
{
    struct process other = { .pid = 0 }, packet;
    ssize_t n;

    fault_role(FAULT_GUARDIAN);
    setsid(); /* what kills a whole process group does not reach it */
    ignore_signals();
    do {
        n = recv(wire, &packet, sizeof(packet), 0);
        if (n == (ssize_t)sizeof(packet))
            other = packet;
    } while (n == (ssize_t)sizeof(packet) || (n < 0 && errno == EINTR));
    if (n > 0)
        _exit(0);
    if (other.pid)
        wait_for_process(&other);
    inherit(data);
    _exit(0);
}

int heir_appoint(struct heir *heir, const struct events *events,
                 void (*inherit)(void *data), void *data,
                 struct xr_error *err)
{
    int ends[2];
    pid_t child;

    *heir = (struct heir){ .wire = -1, .events = events };
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
        return error_system(err, errno, "a socket");
    child = fork();
    if (!child) {
        close(ends[0]);
        heir_serve(ends[1], inherit, data);
    }
    close(ends[1]);
    if (child < 0) {
        int r = error_system(err, errno, "a second process");

        close(ends[0]);
        return r;
    }
    heir->wire = ends[0];
    return 0;
}

/* Asked last: who dies after that has told the heir before. */
bool heir_tell(const struct heir *heir, int parent)
{
    struct process self;

    if (heir->wire >= 0 && process_read(getpid(), &self)
        && send(heir->wire, &self, sizeof(self), MSG_NOSIGNAL) < 0)
        events_say(heir->events, MESSAGE_WARNING, "if this command is killed, "
                   "nobody will notice: %s", strerror(errno));
    return getppid() == parent;
}

void heir_dismiss(struct heir *heir)
{
    if (heir->wire >= 0 && send(heir->wire, "", 1, MSG_NOSIGNAL) < 0)
        events_say(heir->events, MESSAGE_WARNING, "the process that would go "
                   "on if this one is killed is gone: %s", strerror(errno));
    cleanup_close(&heir->wire);
    heir->wire = -1;
}
