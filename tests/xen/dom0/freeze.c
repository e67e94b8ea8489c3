/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * freeze DOMID COMMAND...: runs the command and prints for how many
 * milliseconds the domain was suspended meanwhile, as Xen itself says, whoever
 * the toolstack is.  Its exit status is the command's.
 */
#include "config.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <xenctrl.h>

static double now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static bool is_suspended(xc_interface *xch, uint32_t domid)
{
    xc_domaininfo_t info;

    return xc_domain_getinfolist(xch, domid, 1, &info) == 1
           && info.domain == domid && info.flags & XEN_DOMINF_shutdown;
}

int main(int argc, char **argv)
{
    const struct timespec pause = { .tv_nsec = 500000 };
    xc_interface *xch = xc_interface_open(NULL, NULL, 0);
    double frozen = 0, since = 0;
    int status = 0;
    pid_t child;

    if (argc < 3 || !xch)
        return 2;
    child = fork();
    if (!child) {
        execvp(argv[2], argv + 2);
        _exit(127);
    }
    while (child > 0 && !waitpid(child, &status, WNOHANG)) {
        bool suspended = is_suspended(xch, (uint32_t)atoi(argv[1]));

        if (suspended && since == 0)
            since = now_ms();
        else if (!suspended && since > 0) {
            frozen += now_ms() - since;
            since = 0;
        }
        nanosleep(&pause, NULL);
    }
    printf("%.1f\n", since > 0 ? -1 : frozen);
    return child > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : 2;
}
