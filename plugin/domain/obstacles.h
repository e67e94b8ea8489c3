/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Looks for what makes a save of a domain impossible, as far as that can be
 * known before the guest notices anything.
 */
#ifndef DOMAIN_OBSTACLES_H
#define DOMAIN_OBSTACLES_H

#include "domain/obstacle.h"
#include "xen/judge.h"
#include "xen/store.h"

/*
 * A domain that stands suspended already has been asked, and has none.
 * device_models: where QEMU's sockets are; NULL: where libxl puts them.
 * -errno: Xen or xenstore could not be asked.
 */
int obstacles_find(xc_interface *xch, struct store *store,
                   const struct judgement *judgement,
                   const char *device_models, struct obstacles *out,
                   struct xr_error *err);

#endif
