/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "xen/domain.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <xen/hvm/params.h>

#include "util/cleanup.h"

enum { LIST_CHUNK = 64 };

static void convert_info(const xc_domaininfo_t *info, struct domain *out)
{
    const uint8_t *h = info->handle;

    *out = (struct domain){
        .domid = info->domain,
        .hvm = info->flags & XEN_DOMINF_hvm_guest,
        .emulated = info->arch_config.emulation_flags & XEN_X86_EMU_PIT,
        .paused = info->flags & XEN_DOMINF_paused,
        .dying = info->flags & XEN_DOMINF_dying,
        .shutdown = info->flags & XEN_DOMINF_shutdown,
        .shutdown_reason = (info->flags >> XEN_DOMINF_shutdownshift)
                           & XEN_DOMINF_shutdownmask,
        .cpu_time = info->cpu_time,
        .pages = info->tot_pages,
        .shared_info_frame = info->shared_info_frame,
        .vcpus = info->max_vcpu_id + 1,
    };
    snprintf(out->uuid, sizeof(out->uuid),
             "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
             "%02x%02x%02x%02x%02x%02x",
             h[0], h[1], h[2], h[3], h[4], h[5], h[6], h[7], h[8], h[9],
             h[10], h[11], h[12], h[13], h[14], h[15]);
}

int domain_read(xc_interface *xch, uint32_t domid, struct domain *out,
                struct xr_error *err)
{
    xc_domaininfo_t info;
    int n;

    n = xc_domain_getinfolist(xch, domid, 1, &info);
    if (n < 0)
        return error_system(err, errno, "cannot ask Xen for domain %u",
                            domid);
    if (n == 0 || info.domain != domid)
        return error_set(err, ENOENT, "there is no domain %u", domid);
    convert_info(&info, out);
    return 0;
}

int domain_list(xc_interface *xch, struct domain **out, size_t *count_out,
                struct xr_error *err)
{
    CLEANUP_FREE struct domain *domains = NULL;
    xc_domaininfo_t chunk[LIST_CHUNK];
    struct domain *grown;
    uint32_t next = 1;
    size_t count = 0;
    int n, i;

    do {
        n = xc_domain_getinfolist(xch, next, LIST_CHUNK, chunk);
        if (n < 0)
            return error_system(err, errno, "cannot list the domains");
        if (n == 0)
            break;
        grown = reallocarray(domains, count + (size_t)n, sizeof(*domains));
        if (!grown)
            return error_set(err, ENOMEM, "out of memory");
        domains = grown;
        for (i = 0; i < n; i++)
            convert_info(&chunk[i], &domains[count++]);
        next = chunk[n - 1].domain + 1;
    } while (n == LIST_CHUNK);
    *out = STEAL(domains);
    *count_out = count;
    return 0;
}

int domain_is_asked_to_suspend(xc_interface *xch, const struct domain *domain,
                               bool *out, struct xr_error *err)
{
    uint64_t irq = 0, sleep_state = 0;

    if (domain->hvm && domain->emulated
        && (xc_hvm_param_get(xch, domain->domid, HVM_PARAM_CALLBACK_IRQ, &irq)
            || xc_hvm_param_get(xch, domain->domid, HVM_PARAM_ACPI_S_STATE,
                                &sleep_state)))
        return error_system(err, errno, "cannot ask Xen how domain %u is "
                            "suspended", domain->domid);
    *out = !domain->emulated || !domain->hvm || (irq && !sleep_state);
    return 0;
}

const char *domain_state(const struct domain *domain)
{
    if (domain->dying)
        return "is dying";
    if (!domain->shutdown)
        return domain->paused ? "is paused" : "is running";
    switch (domain->shutdown_reason) {
    case SHUTDOWN_poweroff: return "has shut down";
    case SHUTDOWN_reboot:   return "is rebooting";
    case SHUTDOWN_suspend:  return "is suspended";
    case SHUTDOWN_crash:    return "has crashed";
    default:                return "has stopped";
    }
}
