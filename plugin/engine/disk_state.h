/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The disks of a domain that is to be: are they as the image's record says that
 * they were, and if not, is there a copy that could be put back?
 */
#ifndef ENGINE_DISK_STATE_H
#define ENGINE_DISK_STATE_H

#include "engine/disk_copies.h"
#include "engine/disk_names.h"
#include "format/keylist.h"
#include "lib/domain_config.h"
#include "lib/preflight.h"
#include "util/error.h"

struct disk_state_wish {
    const struct disk_copies *back; /* what is put back before; NULL: nothing */
    const struct disk_copies *clones; /* what is made before; or NULL */
    bool as_they_are;               /* changed or not */
    const struct disk_names *as_it_is; /* of some of them; NULL: none */
    bool are_ours;                  /* a rollback that has not ended has put them
                                     * back, maybe in part */
};

/*
 * Into one answer for each of the configuration's disks, which has the rest of it
 * already.  A disk is found by its name in the guest: what was put in its place
 * (--disk) is looked at, too.
 */
int disk_state_ask(const struct keylist *record,
                   const struct domain_config *config,
                   const struct disk_state_wish *wish,
                   struct preflight_disk *answers, struct xr_error *err);

#endif
