/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Writing one record into a stream that libxc is writing, at the moment when
 * libxc waits in a callback and the stream stands at a record boundary.
 *
 * Before the first page there are two such moments: the suspend callback of a
 * save that is not live, and the first precopy_policy callback of a live one.
 * Where the toolstack has no precopy_policy, one is supplied that decides as
 * libxc's own default does (xg_sr_save.c, simple_precopy_policy).
 */
#ifndef HOOK_INJECT_H
#define HOOK_INJECT_H

#include <stdbool.h>
#include <stdint.h>

#include <xenctrl.h>
#include <xenguest.h>

#include "hook/checkpoint.h"
#include "hook/disks.h"
#include "hook/door_lock.h"
#include "util/buffer.h"

struct injection {
    /* What to give to libxc in place of the toolstack's callbacks. */
    struct save_callbacks wrapped;
    const struct save_callbacks *original;
    struct buffer *record;
    struct recorded_disks *disks; /* of the record; NULL, as it is at first: none */
    int fd;
    xc_interface *xch;
    const struct domain *domain;
    bool held;
    bool live;
    struct checkpoint *checkpoint;
    enum {
        INJECTION_PENDING,
        INJECTION_DONE,
        INJECTION_SKIPPED, /* not a byte could be written: stream is stock */
        INJECTION_BROKEN,  /* written in part: the save must fail */
    } state;
};

/*
 * Does another program save the domain, too, or did one while this live save
 * was under way?  Then each takes from the other what the guest has written,
 * and this save must fail.  Says so.
 */
bool injection_is_disturbed(const struct injection *i, bool at_end);

/*
 * All pointers are borrowed and must outlive the save; the injection itself
 * must not move.  record may be NULL, if there is none to write; so may
 * checkpoint, if this is none, or none that was announced.
 *
 * held: the domain is suspended already, since an earlier save whose resume
 * was held.  The toolstack is then not asked to suspend it, which could only
 * end after its time limit.  So a held domain whose image was not completed
 * can be saved after all.
 */
void injection_prepare(struct injection *injection,
                       const struct save_callbacks *original, int fd,
                       xc_interface *xch, const struct domain *domain,
                       bool held, bool live,
                       struct buffer *record, struct checkpoint *checkpoint);

#endif
