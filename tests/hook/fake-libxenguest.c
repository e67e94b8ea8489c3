/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What stands behind the door when there is no core: 20 + fast. */
#include "config.h"

#include <stdint.h>

int xc_domain_resume(void *xch, uint32_t domid, int fast);

__attribute__((visibility("default")))
int xc_domain_resume(void *xch, uint32_t domid, int fast)
{
    (void)xch;
    return domid == 7 ? 20 + fast : -1;
}
