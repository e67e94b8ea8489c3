/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "lib/listener.h"

#include <errno.h>

int listener_progress(const struct listener *l, uint64_t done, uint64_t all,
                      struct xr_error *err)
{
    if (!l || !l->progress || !l->progress(l->data, done, all))
        return 0;
    return error_set(err, ECANCELED, "stopped on request");
}

int listener_interrupted(const struct listener *l)
{
    return l && l->interrupted && l->interrupted(l->data) ? -ECANCELED : 0;
}
