/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "xen/hypervisor.h"

#include <errno.h>
#include <string.h>

int hypervisor_read(xc_interface *xch, struct hypervisor *out,
                    struct xr_error *err)
{
    struct hypervisor hypervisor = { 0 };
    xen_extraversion_t extra = { 0 };
    xc_physinfo_t info;
    int version;

    version = xc_version(xch, XENVER_version, NULL);
    if (version < 0)
        return error_system(err, errno, "cannot ask Xen for its version");
    hypervisor.major = version >> 16;
    hypervisor.minor = version & 0xffff;
    if (xc_version(xch, XENVER_extraversion, &extra) >= 0)
        memcpy(hypervisor.extra, extra, sizeof(hypervisor.extra) - 1);
    memset(&info, 0, sizeof(info));
    if (xc_physinfo(xch, &info))
        return error_system(err, errno, "cannot ask Xen for its abilities");
    hypervisor.pv = info.capabilities & XEN_SYSCTL_PHYSCAP_pv;
    hypervisor.hvm = info.capabilities & XEN_SYSCTL_PHYSCAP_hvm;
    hypervisor.total_mib = info.total_pages >> (20 - XC_PAGE_SHIFT);
    hypervisor.free_mib = info.free_pages >> (20 - XC_PAGE_SHIFT);
    hypervisor.hap = info.capabilities & XEN_SYSCTL_PHYSCAP_hap;
    hypervisor.shadow = info.capabilities & XEN_SYSCTL_PHYSCAP_shadow;
    *out = hypervisor;
    return 0;
}

bool hypervisor_logs_dirty(const struct hypervisor *hypervisor, bool pv)
{
    return hypervisor->shadow || (!pv && hypervisor->hap);
}

bool hypervisor_libxl_mistakes_0(const struct hypervisor *hypervisor)
{
    return hypervisor->major == 4
           && (hypervisor->minor == 13 || hypervisor->minor == 14);
}
