/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the resume of a checkpoint's guest needs, found out before the guest is
 * suspended: what is known of its kernel, which cannot change while it stands
 * still.  What the guest itself says may have changed up to that moment, so
 * that is asked anew.
 *
 * One domain's in a process: the doors of a toolstack that checkpoints several at
 * once find the last one's, and ask all for the others.
 */
#ifndef HOOK_FORESIGHT_H
#define HOOK_FORESIGHT_H

#include <stdbool.h>
#include <stdint.h>

#include <xenctrl.h>

#include "util/error.h"
#include "xen/domain.h"
#include "xen/judge.h"

/* In place of a former one.  What cannot be found out now is asked later. */
void foresight_take(const struct domain *domain,
                    const struct judge_aids *aids);

/*
 * The domain as it was then, for who need not know whether it is still the same.
 * False: it is none that was found out about.
 */
bool foresight_find(uint32_t domid, struct domain *out);

/*
 * As judge_domain, of a domain that this process has read just now.  What was
 * found out is used up by it.
 */
int foresight_judge(xc_interface *xch, const struct domain *domain,
                    const struct judge_aids *aids, struct judgement *out,
                    struct xr_error *err);

#endif
