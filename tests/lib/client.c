/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "client.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/wait.h>

struct xr_options *made_options(void)
{
    struct xr_options *options = xr_options_new();

    assert_int_equal(xr_options_set(options, "command", MADE_COMMAND, NULL),
                     0);
    return options;
}

int take(const char *domain, const struct xr_events *events,
         struct xr_result **out, struct xr_error *err)
{
    struct xr_options *options = made_options();
    int r = xr_checkpoint(domain, "web.img", options, events, out, err);

    xr_options_free(options);
    return r;
}

void assert_fails(const char *domain, enum xr_reason reason,
                  const char *text)
{
    struct xr_result *none = NULL;
    struct xr_error err;
    int r = take(domain, NULL, &none, &err);

    if (r >= 0 || -r != err.code || err.reason != reason
        || !strstr(err.message, text))
        fail_msg("%s: %d, code %d, %s: %s", domain, r, err.code,
                 xr_reason_name(err.reason), err.message);
    assert_null(none);
}

unsigned count_descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    unsigned count = 0;

    assert_non_null(folder);
    while (readdir(folder))
        count++;
    closedir(folder);
    return count;
}

int has_children(void)
{
    siginfo_t info;

    return !waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT)
           || errno != ECHILD;
}
