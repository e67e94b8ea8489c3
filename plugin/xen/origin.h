/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How a domain came to be, as libxl and Xen have it: its stored configuration,
 * when it was built, and whether it is a built one at all.
 */
#ifndef XEN_ORIGIN_H
#define XEN_ORIGIN_H

#include <stdbool.h>
#include <stdint.h>

#include <xenctrl.h>

#include "util/buffer.h"
#include "util/error.h"
#include "xen/domain.h"
#include "xen/store.h"

struct origin {
    struct buffer config;  /* libxl's JSON, unchecked */
    int64_t started;       /* seconds since the epoch */
    bool restored;         /* by a restore or a migration: its memory is older
                              than it */
};

/*
 * Free with origin_free.  -ENOENT: libxl keeps no configuration of it; -EPERM:
 * another user could have written it.
 */
int origin_read(xc_interface *xch, struct store *store,
                const struct domain *domain, struct origin *out,
                struct xr_error *err);

/* Does libvirt look after it?  It leaves its XML with libxl. */
bool origin_is_libvirts(const struct domain *domain);

void origin_free(struct origin *origin);

#define CLEANUP_ORIGIN __attribute__((cleanup(origin_free)))

#endif
