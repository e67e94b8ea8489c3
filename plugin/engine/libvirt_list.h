/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Does libvirt's list say of a domain that runs that it runs?
 *
 * A libvirtd that was started while a domain was suspended takes it for
 * "pmsuspended" until somebody tells it otherwise, which libxl does not.
 */
#ifndef ENGINE_LIBVIRT_LIST_H
#define ENGINE_LIBVIRT_LIST_H

#include <stdbool.h>

#include "engine/events.h"
#include "xen/domain.h"

/*
 * Has libvirt say that the domain runs, if Xen says so: for that it is paused
 * for an instant.  domain: as it was read before it was suspended.  What does
 * not run, or was paused by somebody, is left alone, and libvirt is not asked.
 * True: libvirt was wrong, and is right now.  Failures are warnings.
 */
bool libvirt_list_mend(const struct events *events, xc_interface *xch,
                       const char *name, const struct domain *domain);

#endif
