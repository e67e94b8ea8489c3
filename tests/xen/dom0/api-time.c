/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * api-time library|command DOMAIN: takes one checkpoint, by xr_checkpoint() or
 * by the command itself as the library calls it, and prints how many
 * milliseconds that took, and for how many of them this process had the CPU.
 * The guest is not watched afterwards, and the image goes nowhere.
 */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <xenresumable.h>

static double now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double ms_of(struct timeval t)
{
    return (double)t.tv_sec * 1e3 + (double)t.tv_usec / 1e3;
}

static double cpu_ms(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return ms_of(usage.ru_utime) + ms_of(usage.ru_stime);
}

static int by_library(const char *domain)
{
    struct xr_options *options = xr_options_new();
    struct xr_result *result = NULL;
    struct xr_error err;
    int r = xr_options_set(options, "watch", "0", &err);

    if (!r)
        r = xr_checkpoint(domain, "/dev/null", options, NULL, &result, &err);
    if (r)
        fprintf(stderr, "%s\n", err.message);
    xr_result_free(result);
    xr_options_free(options);
    return r;
}

static int by_command(const char *domain)
{
    pid_t child = fork();
    int status = -1;

    if (!child) {
        int null = open("/dev/null", O_WRONLY);

        dup2(null, STDOUT_FILENO);
        execlp("xen-resumable", "xen-resumable", "checkpoint",
               "--format=jsonl", "--watch=0", domain, "/dev/null",
               (char *)NULL);
        _exit(127);
    }
    return child > 0 && waitpid(child, &status, 0) == child ? status : -1;
}

int main(int argc, char **argv)
{
    double began = now_ms(), cpu = cpu_ms();
    int r;

    if (argc != 3)
        return 2;
    r = strcmp(argv[1], "library") ? by_command(argv[2]) : by_library(argv[2]);
    printf("%.1f\t%.1f\n", now_ms() - began, cpu_ms() - cpu);
    return r ? 1 : 0;
}
