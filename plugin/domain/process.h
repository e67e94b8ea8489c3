/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What /proc says of a process.
 */
#ifndef DOMAIN_PROCESS_H
#define DOMAIN_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { PROCESS_NAME_ROOM = 32 };

struct process {
    pid_t pid;
    pid_t parent;
    uint64_t started; /* in clock ticks since boot: tells a pid's second user */
    char name[PROCESS_NAME_ROOM]; /* made safe: printable, without blanks */
};

/* False if there is no such process, or /proc does not say. */
bool process_read(pid_t pid, struct process *out);

/* Copies a name so that it is one printable word; never empty. */
void process_name_copy(char out[PROCESS_NAME_ROOM], const char *name);

/* Is it a program of this file name, started by our own user? */
bool process_runs(pid_t pid, const char *file_name);

#endif
