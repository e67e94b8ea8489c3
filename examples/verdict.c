/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * verdict ARGUMENTS...: may this guest be checkpointed?  Asks xen-resumable(1)'s
 * "check" with the same arguments: a domain, or "--kernel FILE".  Its exit status
 * is the answer; the table is for people.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum verdict { YES, NO, ERROR, UNKNOWN };

/* Without a shell, which would take names of domains for its own language. */
static enum verdict ask(char **arguments, int count)
{
    char **all = calloc((size_t)count + 3, sizeof(*all));
    int status = 0;
    pid_t child;

    if (!all)
        return ERROR;
    all[0] = (char *)"xen-resumable";
    all[1] = (char *)"check";
    memcpy(all + 2, arguments, (size_t)count * sizeof(*all));
    child = fork();
    if (!child) {
        execvp(all[0], all);
        fprintf(stderr, "%s: %s\n", all[0], strerror(errno));
        _exit(ERROR);
    }
    free(all);
    if (child < 0 || waitpid(child, &status, 0) < 0 || !WIFEXITED(status))
        return ERROR;
    switch (WEXITSTATUS(status)) {
    case YES:     return YES;
    case NO:      return NO;
    case UNKNOWN: return UNKNOWN;
    default:      return ERROR;
    }
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return ERROR;
    switch (ask(argv + 1, argc - 1)) {
    case YES:
        puts("Checkpoint it.");
        return YES;
    case NO:
        puts("Do not: save it and restore it, or leave it alone.");
        return NO;
    case UNKNOWN:
        puts("Nobody knows: ask whoever built its kernel.");
        return UNKNOWN;
    default:
        puts("There was no answer.");
        return ERROR;
    }
}
