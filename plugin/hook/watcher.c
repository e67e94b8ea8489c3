/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "hook/watcher.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "hook/deaths.h"
#include "hook/report.h"
#include "hook/settings.h"
#include "util/cleanup.h"
#include "util/io.h"

/* The first release whose watcher stays by itself. */
enum { WATCHER_STAYS = 420 };

/* xl takes any beginning of a verb that is the beginning of no other. */
static bool becomes_watcher(const char *verb)
{
    static const char *const verbs[] = {
        "create", "restore", "migrate-receive",
    };
    size_t i;

    for (i = 0; *verb && i < sizeof(verbs) / sizeof(verbs[0]); i++)
        if (!strncmp(verb, verbs[i], strlen(verb)))
            return true;
    return false;
}

/* xl's own options stand before the verb, and none of them has a value. */
bool watcher_is(const char *program, const char *arguments, size_t length)
{
    const char *end = arguments + length;
    const char *p = memchr(arguments, '\0', length);

    if (strcmp(program, "xl"))
        return false;
    while (p && ++p < end && *p == '-')
        p = memchr(p, '\0', (size_t)(end - p));
    return p && p < end && memchr(p, '\0', (size_t)(end - p))
           && becomes_watcher(p);
}

/* What does not fit is not needed: the verb is among the first words. */
bool watcher_leaves_too_early(void)
{
    CLEANUP_CLOSE int fd = -1;
    char arguments[4096];
    ssize_t length;

    if (XEN_RELEASE_NUMBER >= WATCHER_STAYS)
        return false;
    fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
    length = fd < 0 ? -1 : read_full(fd, arguments, sizeof(arguments));
    return length > 0 && watcher_is(program_invocation_short_name, arguments,
                                    (size_t)length);
}

static void report_watching(uint32_t domid)
{
    CLEANUP_SETTINGS struct settings settings = SETTINGS_NONE;

    settings_read(&settings);
    report_done(&settings.config,
                "domain %u has suspended; xl goes on watching it", domid);
}

int hook_event(door_event *real, const struct libxl_functions *libxl,
               struct libxl__ctx *ctx, struct libxl_event **out,
               uint64_t types, libxl_event_predicate *wanted, void *user)
{
    for (;;) {
        int r = real(ctx, out, types, wanted, user);

        if (r || !death_is_suspend(*out) || death_wait_on(libxl, ctx, *out))
            return r;
        report_watching((*out)->domid);
        libxl->event_free(ctx, *out);
        *out = NULL;
    }
}
