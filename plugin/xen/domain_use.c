/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "xen/domain_use.h"

#include <string.h>
#include <strings.h>

#include "util/cleanup.h"
#include "xen/domain.h"

static bool has_name(struct store *store, uint32_t domid, const char *name)
{
    CLEANUP_FREE char *its = store_read_domain(store, domid, "name");

    return its && !strcmp(its, name);
}

int domain_find_use(xc_interface *xch, struct store *store, const char *name,
                    const char *uuid, uint32_t except, struct domain_use *out,
                    struct xr_error *err)
{
    CLEANUP_FREE struct domain *domains = NULL;
    struct domain_use use = { .name = false };
    size_t count = 0, i;
    int r = domain_list(xch, &domains, &count, err);

    if (r)
        return r;
    /* Domain 0 is not in the list. */
    use.name = name && has_name(store, 0, name);
    for (i = 0; i < count; i++) {
        if (except && domains[i].domid == except)
            continue;
        use.name |= name && has_name(store, domains[i].domid, name);
        use.uuid |= uuid && !strcasecmp(domains[i].uuid, uuid);
    }
    *out = use;
    return 0;
}
