/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A domain as the hypervisor sees it.
 *
 * xc_domain_getinfolist is used throughout: unlike xc_domain_getinfo it is the
 * same in every release from 4.14 to 4.20.
 */
#ifndef XEN_DOMAIN_H
#define XEN_DOMAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xenctrl.h>

#include "util/error.h"

struct domain {
    uint32_t domid;
    char uuid[37];
    bool hvm;             /* HVM or PVH container, as opposed to PV */
    bool emulated;        /* a PC's devices are emulated: HVM, not PVH */
    bool paused;
    bool dying;
    bool shutdown;
    unsigned int shutdown_reason; /* SHUTDOWN_*, if shutdown */
    uint64_t cpu_time;            /* ns */
    uint64_t pages;               /* of 4 KiB */
    uint64_t shared_info_frame;   /* a PV guest's: a machine frame */
    unsigned int vcpus;
};

/* -ENOENT if there is no such domain (now). */
int domain_read(xc_interface *xch, uint32_t domid, struct domain *out,
                struct xr_error *err);

/* Every domain but domain 0.  *out is to be freed; NULL if there is none. */
int domain_list(xc_interface *xch, struct domain **out, size_t *count_out,
                struct xr_error *err);

static inline bool domain_is_suspended(const struct domain *domain)
{
    return domain->shutdown && domain->shutdown_reason == SHUTDOWN_suspend;
}

/*
 * Does it take part in its suspend?  libxl has Xen suspend an HVM guest that has
 * no PV drivers, or that sleeps (ACPI S3); others are asked, and must run to
 * answer.
 */
int domain_is_asked_to_suspend(xc_interface *xch, const struct domain *domain,
                               bool *out, struct xr_error *err);

/* Goes after "it": "is running", "is suspended", "has crashed", ... */
const char *domain_state(const struct domain *domain);

#endif
