/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bench-stub ROUNDS STUB: what every child of a toolstack pays.  /bin/true is
 * started with the stub in LD_PRELOAD, and without, in turn, 300 times a round.
 *
 * Prints a line of figures, as tests/bench/run.sh wants it.
 */
#include "config.h"

#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>

enum { ROUNDS_MAX = 101, STARTS = 300 };

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static double start(char **environment)
{
    char *arguments[] = { (char *)"/bin/true", NULL };
    double began = now();
    int status;
    pid_t child;

    if (posix_spawn(&child, arguments[0], NULL, NULL, arguments, environment)
        || waitpid(child, &status, 0) < 0 || status)
        exit(1);
    return now() - began;
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;

    return (left > right) - (left < right);
}

static double median(double *times, long n)
{
    qsort(times, (size_t)n, sizeof(*times), compare);
    return times[n / 2];
}

int main(int argc, char **argv)
{
    static double with[ROUNDS_MAX * STARTS], without[ROUNDS_MAX * STARTS];
    static char preload[4096];
    char *bare[] = { NULL };
    char *preloaded[] = { preload, NULL };
    long rounds = argc == 3 ? strtol(argv[1], NULL, 10) : 0;
    double a, b;
    long i;

    if (rounds < 1 || rounds > ROUNDS_MAX)
        return 2;
    snprintf(preload, sizeof(preload), "LD_PRELOAD=%s", argv[2]);
    for (i = 0; i < rounds * STARTS; i++) {
        with[i] = start(preloaded);
        without[i] = start(bare);
    }
    a = median(with, rounds * STARTS);
    b = median(without, rounds * STARTS);
    printf("stub-cost\t%.3f\tratio\t/bin/true without it, %.0f us to %.0f us"
           "\t<= 1.1\t%ld\n", a / b, b * 1e6, a * 1e6, rounds * STARTS);
    return 0;
}
