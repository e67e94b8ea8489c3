/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The process of a command that the library has started, in a program that is
 * somebody else's: it may have threads that fork, ignore SIGCHLD, or wait for
 * every child itself.
 */
#ifndef LIB_CLIENT_COMMAND_H
#define LIB_CLIENT_COMMAND_H

#include <stdbool.h>
#include <sys/types.h>

#include "util/buffer.h"
#include "util/error.h"

struct client_command {
    pid_t pid;
    int pidfd;  /* readable when it has ended; -1: this kernel has none */
    int out;    /* what it prints; does not block */
    int err;    /* what it complains of; does not block */
    bool ended; /* and has been waited for */
    int code;   /* how: CLD_EXITED, CLD_KILLED, CLD_DUMPED; 0: nobody knows,
                   for somebody else has waited for it */
    int status; /* exit status, or signal */
};

#define CLIENT_COMMAND_NONE \
    { .pidfd = -1, .out = -1, .err = -1, .ended = true }

/*
 * Starts the program at a path, with nothing of this process' but environment,
 * working directory and identity: in a session of its own, with the default
 * action for every signal, /dev/null for input, and no other descriptor.
 */
int client_command_start(const char *path, char *const argv[],
                         struct client_command *out, struct xr_error *err);

/* Has it ended?  Then it has been waited for.  Does not block. */
bool client_command_ended(struct client_command *c);

/* SIGTERM.  Nobody else gets it, also if the process is gone. */
void client_command_stop(const struct client_command *c);

/* "was killed by signal 9", and what else is known of its end. */
void client_command_fate(const struct client_command *c, struct buffer *out);

/* It has ended. */
void client_command_close(struct client_command *c);

#endif
