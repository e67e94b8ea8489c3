/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A guest's memory, mapped read-only and copied piece by piece: the guest runs
 * on and may change it at any moment.  Nothing is asked of the guest.
 */
#ifndef XEN_GUEST_MEMORY_H
#define XEN_GUEST_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xenctrl.h>

#include "util/error.h"
#include "xen/domain.h"

/*
 * n bytes, whole pages, at a guest-physical address (of a PV guest: a
 * pseudo-physical one).  Anything but 0 ends the walk with that.
 */
typedef int memory_visitor(void *data, const uint8_t *bytes, size_t n,
                           uint64_t address);

struct memory_walk {
    uint64_t pages;    /* seen so far */
    const char *ended; /* why before its end; NULL: it was seen whole */
};

/*
 * Calls visit for every page that can be mapped, by rising address.  At most
 * seconds, and no more pages than the domain has: a guest that describes more
 * of them than that is not followed.
 */
int guest_memory_walk(xc_interface *xch, const struct domain *domain,
                      unsigned int seconds, memory_visitor *visit, void *data,
                      struct memory_walk *out, struct xr_error *err);

#endif
