/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Running one executable of an administrator's: a hook (domain/scripts.h), or
 * a driver of disks (domain/disk_driver.h).
 *
 * It gets a process group of its own, no environment but the one that it is
 * given, no standard input, no other fds and no signal handling of this
 * process, which may be libxl-save-helper: there standard output is the wire
 * to libxl.
 */
#ifndef DOMAIN_PROGRAM_H
#define DOMAIN_PROGRAM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "util/error.h"

enum {
    PROGRAM_OUTPUT_MAX = 16 << 10,
    PROGRAM_COMPLAINT_ROOM = 200,
    /* Seconds between SIGTERM and SIGKILL. */
    PROGRAM_HOOK_GRACE = 1,
    PROGRAM_DRIVER_GRACE = 30,
};

/* What it said. */
struct program_output {
    char text[PROGRAM_OUTPUT_MAX + 1]; /* on standard output */
    size_t length;
    bool cut;                          /* it said more */
    char complaint[PROGRAM_COMPLAINT_ROOM]; /* on standard error: the last line
                                             * that has something in it */
};

struct program {
    char *const *argv;         /* argv[0] is its path */
    char *const *environment;
    unsigned int limit;        /* seconds; then it is ended, with all that it
                                * has started; 0: none */
    unsigned int grace;        /* seconds for it to end then */
    _Atomic int32_t *running;  /* its process group, 0 when it has ended; NULL */
    struct program_output *output; /* NULL: all that it says goes to this
                                    * process' standard error */
};

/*
 * Waits for it.  0 and its exit status; -EIO: it could not be started, was
 * ended by a signal, or has not ended in time; then it may yet be about to
 * end, for what waits for a dead server cannot be killed.  The output is
 * filled in either case.
 */
int program_run(const struct program *program, int *status_out,
                struct xr_error *err);

/*
 * Waits for what a process that was killed has left running, and ends it after
 * so many seconds.
 */
void program_wait_for(pid_t group, unsigned int seconds, unsigned int grace);

/* Closes this fd and all above it. */
void program_close_from(int first);

#endif
