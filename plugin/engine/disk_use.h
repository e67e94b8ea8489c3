/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The disks of a domain that is to be: are they a running domain's?
 */
#ifndef ENGINE_DISK_USE_H
#define ENGINE_DISK_USE_H

#include "xen/connection.h"
#include "lib/domain_config.h"
#include "lib/preflight.h"
#include "util/error.h"

/* One answer for each of the configuration's disks; *out is to be freed. */
int disk_use_ask(const struct connection *connection,
                 const struct domain_config *config,
                 struct preflight_disk **out, struct xr_error *err);

/*
 * The same in short, right before the domain is made: -EBUSY, and why, if one
 * of them is in use.
 */
int disk_use_refuse(const struct connection *connection,
                    const struct domain_config *config, struct xr_error *err);

#endif
