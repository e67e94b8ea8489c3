/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "domain/fate.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "util/cleanup.h"

const char *image_fate_name(enum image_fate fate)
{
    static const char *const names[] = {
        [IMAGE_NONE] = "none",
        [IMAGE_UNTOUCHED] = "untouched",
        [IMAGE_COMPLETE] = "complete",
        [IMAGE_BROKEN] = "broken",
    };

    return names[fate];
}

const char *guest_fate_name(enum guest_fate fate)
{
    static const char *const names[] = {
        [FATE_RUNS] = "runs",
        [FATE_RESTORED] = "restored",
        [FATE_PAUSED] = "paused",
        [FATE_SUSPENDED] = "suspended",
        [FATE_SHUT_DOWN] = "shut-down",
        [FATE_CRASHED] = "crashed",
        [FATE_GONE] = "gone",
        [FATE_UNKNOWN] = "unknown",
    };

    return names[fate];
}

enum image_fate image_fate_without_new(const char *path)
{
    struct stat st;
    bool is_file = path && strcmp(path, "-") && !stat(path, &st)
                   && S_ISREG(st.st_mode);

    return is_file ? IMAGE_UNTOUCHED : IMAGE_NONE;
}

static enum guest_fate fate_of(const struct domain *d)
{
    if (domain_is_suspended(d))
        return FATE_SUSPENDED;
    if (d->shutdown)
        return d->shutdown_reason == SHUTDOWN_crash ? FATE_CRASHED
                                                    : FATE_SHUT_DOWN;
    return d->paused ? FATE_PAUSED : FATE_RUNS;
}

/* Another domain of the same uuid: it was restored. */
static enum guest_fate find_elsewhere(xc_interface *xch,
                                      const struct domain *before,
                                      uint32_t *domid_out)
{
    CLEANUP_FREE struct domain *domains = NULL;
    size_t count = 0, i;

    if (domain_list(xch, &domains, &count, NULL))
        return FATE_UNKNOWN;
    for (i = 0; i < count; i++) {
        if (domains[i].dying || strcmp(domains[i].uuid, before->uuid))
            continue;
        *domid_out = domains[i].domid;
        return FATE_RESTORED;
    }
    return FATE_GONE;
}

enum guest_fate guest_fate_read(xc_interface *xch, const struct domain *before,
                                uint32_t *domid_out)
{
    struct domain now;
    int r = domain_read(xch, before->domid, &now, NULL);
    bool same = !r && !now.dying && !strcmp(now.uuid, before->uuid);

    *domid_out = before->domid;
    if (r && r != -ENOENT)
        return FATE_UNKNOWN;
    return same ? fate_of(&now) : find_elsewhere(xch, before, domid_out);
}
