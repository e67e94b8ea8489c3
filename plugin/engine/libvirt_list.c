/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/libvirt_list.h"

#include <errno.h>
#include <string.h>

#include "util/cleanup.h"
#include "virt/virt.h"
#include "xen/libxl.h"

static bool goes_on_running(xc_interface *xch, const struct domain *before,
                            bool *paused_out)
{
    struct domain now;
    bool known = !domain_read(xch, before->domid, &now, NULL)
                 && !strcmp(now.uuid, before->uuid);

    *paused_out = known && now.paused && !before->paused;
    return known && !now.shutdown && !now.dying && !now.paused;
}

static void unpause_it(const struct events *events, const char *name,
                       uint32_t domid)
{
    CLEANUP_LIBXL struct libxl_session *libxl = NULL;
    struct xr_error err;
    int r = libxl_session_open(&libxl, &err);

    if (!r)
        r = libxl_session_unpause(libxl, domid, &err);
    if (r)
        events_fail(events, name, &err);
}

/* What libvirt pauses for a moment is not to stay so if that fails. */
static bool have_it_called_running(const struct events *events,
                                   xc_interface *xch, const char *name,
                                   const struct domain *domain)
{
    struct xr_error err;
    bool paused;
    int r = virt_call_running(domain->uuid, domain->domid, &err);

    if (r)
        events_say(events, MESSAGE_WARNING, "%s runs, but libvirt takes it "
                   "for suspended: %s. virsh suspend and virsh resume tell "
                   "it.", name, err.message);
    if (!goes_on_running(xch, domain, &paused) && paused)
        unpause_it(events, name, domain->domid);
    return !r;
}

static void say_it_is_not_told(const struct events *events, const char *name,
                               int r, const struct xr_error *err)
{
    if (r && r != -ENOENT)
        events_say(events, MESSAGE_WARNING, "%s goes on, but whether libvirt "
                   "says so cannot be told: %s", name, err->message);
    else
        events_say(events, MESSAGE_WARNING, "%s goes on, but libvirt does not "
                   "run it any more: restart libvirtd", name);
}

bool libvirt_list_mend(const struct events *events, xc_interface *xch,
                       const char *name, const struct domain *domain)
{
    CLEANUP_VIRT_DOMAIN struct virt_domain found = { .domid = 0 };
    struct xr_error err;
    bool paused;
    int r;

    if (!goes_on_running(xch, domain, &paused))
        return false;
    r = virt_find_domain(domain->uuid, &found, &err);
    if (r || found.domid != domain->domid) {
        if (goes_on_running(xch, domain, &paused))
            say_it_is_not_told(events, name, r, &err);
        return false;
    }
    return found.state == VIRT_PMSUSPENDED
           && goes_on_running(xch, domain, &paused)
           && have_it_called_running(events, xch, name, domain);
}
