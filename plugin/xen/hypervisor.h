/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the running hypervisor is and can do.
 */
#ifndef XEN_HYPERVISOR_H
#define XEN_HYPERVISOR_H

#include <stdbool.h>

#include <xenctrl.h>

#include "util/error.h"

struct hypervisor {
    int major;
    int minor;
    char extra[16];   /* ".7", "-rc1": what follows major.minor */
    bool pv;          /* PV guests run here */
    bool hvm;         /* HVM and PVH guests run here */
    bool hap;         /* hardware assisted paging: HVM and PVH can be live */
    bool shadow;      /* shadow paging: PV guests can be live, too */
    uint64_t total_mib;
    uint64_t free_mib;
};

int hypervisor_read(xc_interface *xch, struct hypervisor *out,
                    struct xr_error *err);

/*
 * Can a guest run while it is saved: does Xen log what it writes to?  PV needs
 * shadow paging for that.
 */
bool hypervisor_logs_dirty(const struct hypervisor *hypervisor, bool pv);

/*
 * libxl of Xen 4.13 and 4.14 asks xc_domain_resume for a return value of 0
 * where it means 1 (libxl_domain_resume ignored suspend_cancel; repaired in
 * 4.15).
 */
bool hypervisor_libxl_mistakes_0(const struct hypervisor *hypervisor);

#endif
