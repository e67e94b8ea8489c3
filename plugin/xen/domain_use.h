/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Does some domain of this host have a name, or a uuid, already?
 */
#ifndef XEN_DOMAIN_USE_H
#define XEN_DOMAIN_USE_H

#include <stdbool.h>
#include <stdint.h>

#include <xenctrl.h>

#include "util/error.h"
#include "xen/store.h"

struct domain_use {
    bool name;
    bool uuid;
};

/*
 * name and uuid may be NULL: nobody has them.  except: a domain that does not
 * count; 0: all do.
 */
int domain_find_use(xc_interface *xch, struct store *store, const char *name,
                    const char *uuid, uint32_t except, struct domain_use *out,
                    struct xr_error *err);

#endif
