/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A process that outlives a checkpoint's: if that is killed, the guest does not
 * stay suspended, and no half image stays behind.
 */
#ifndef CLI_GUARDIAN_H
#define CLI_GUARDIAN_H

#include <stdbool.h>
#include <stdint.h>

#include "util/error.h"
#include "xen/judge.h"

struct guardian {
    int wire; /* its other end is the guardian's; -1: there is none */
    int lock; /* the guardian's, too */
};

struct guardian_order {
    uint32_t domid;
    const char *temporary; /* NULL: none */
    const int *progress;   /* the pipe whose writing end the saving process
                            * holds to its end */
    const struct judgement *judgement;
    bool hold;             /* it is not to get a 1 */
    void (*afterwards)(void *data); /* with no handles but those it opens */
    void *data;
};

/*
 * From now on: if this process ends before guardian_dismiss, the temporary file
 * is removed, and once the save has ended, too, the domain is resumed, by way
 * of the plugin, if it is suspended or is so a moment later; or it is said that
 * it is held.
 *
 * One checkpoint at a time: -EBUSY after a while if another one of this domain,
 * or its guardian, is still at work.
 */
int guardian_post(struct guardian *guardian,
                  const struct guardian_order *order, struct xr_error *err);

void guardian_dismiss(struct guardian *guardian);

#endif
