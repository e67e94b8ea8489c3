/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a checkpoint that was announced wants of the save beneath it: that the
 * guest runs meanwhile, that its disks are seen to while it is suspended, and
 * that somebody hears how far it is.
 *
 * "xen-resumable checkpoint" and "exec" announce it by a request
 * (domain/request.h); people who start a toolstack themselves by XR_INTENT.
 */
#ifndef HOOK_CHECKPOINT_H
#define HOOK_CHECKPOINT_H

#include <stdbool.h>
#include <stdint.h>

#include <xenctrl.h>
#include <xenguest.h>

#include "domain/stages.h"
#include "hook/settings.h"
#include "util/error.h"
#include "xen/judge.h"

struct checkpoint {
    bool live;
    unsigned int max_freeze; /* ms; 0: libxc's own rule */
    int progress_fd;         /* -1: nobody listens */
    const struct judgement *judgement;
    struct stages stages;

    /* Of the rounds so far. */
    uint64_t round_began;    /* ns */
    uint64_t round_written;  /* pages, when it began */
    double pages_per_ms;     /* of the last round; 0: not known */
    long last_dirty;
    unsigned int no_better;  /* rounds in which less was gained than lost */
    bool settled;            /* what the disks have in memory was written */

    bool stands_back;        /* until checkpoint_close */
    int priority;            /* what it was before */
};

/* The pointers are borrowed.  checkpoint_close, whatever comes of it. */
void checkpoint_begin(struct checkpoint *c, xc_interface *xch,
                      const struct settings *settings,
                      const struct judgement *judgement);

/* A round of a live save, by libxc's statistics: XGS_POLICY_*. */
int checkpoint_round(struct checkpoint *c, struct precopy_stats stats);

/*
 * The domain is suspended now: the scripts of the stage "suspended" are run,
 * and then the disks are kept that the command wants to keep; recorded: the
 * record says so.  A failure is to end the save.
 */
int checkpoint_suspended(struct checkpoint *c, bool recorded,
                         struct xr_error *err);

/*
 * libxc has written all that it reads of the domain, and reads no more: the command
 * need not wait for the end of this process before it lets the guest go on.  Until
 * checkpoint_close, this thread leaves the processors to those who see to that.
 */
void checkpoint_written(struct checkpoint *c);

void checkpoint_close(struct checkpoint *c);

#endif
