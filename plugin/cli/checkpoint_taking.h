/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A checkpoint under way: checkpoint_take.c brings it up to the end of the
 * save, checkpoint_end.c makes of that what was wanted.
 */
#ifndef CLI_CHECKPOINT_TAKING_H
#define CLI_CHECKPOINT_TAKING_H

#include <stdint.h>

#include "cli/checkpoint.h"
#include "cli/guardian.h"
#include "cli/new_image.h"
#include "cli/progress.h"
#include "domain/stages.h"
#include "xen/libxl.h"

struct taking {
    struct checkpoint_plan *plan;
    struct checkpoint_outcome *outcome;
    struct libxl_session *libxl;
    struct new_image image;
    struct heir guardian;
    struct stages stages;
    struct progress bar;
    int progress[2];         /* from libxl-save-helper */
    uint64_t suspended_at;   /* ns; 0: not, or nobody has said so */
    bool unjudged;           /* the image is there; nobody can say if it is sound */
};

uint64_t taking_now_ns(void);

static inline uint32_t taking_domid(const struct taking *t)
{
    return t->plan->judgement.domain.domid;
}

/*
 * Each says what there is to say, has the last stage's hooks run, and returns
 * the exit status.
 */

/* The guest is suspended, the stream is written. */
int checkpoint_end(struct taking *t);

/* The save has failed; the guest may be suspended, now or in a moment. */
int checkpoint_end_without_image(struct taking *t, const struct xr_error *why);

/* The guest was never suspended. */
int checkpoint_give_up(struct taking *t, const struct xr_error *why);

/* In the guardian, when this process was killed: data is the struct taking. */
void checkpoint_tell_after_kill(void *data);

#endif
