/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What makes a save of a domain impossible, as far as that can be known before
 * the guest notices anything.  Each answer says why, who says so, and what to
 * do about it.
 */
#ifndef DOMAIN_OBSTACLES_H
#define DOMAIN_OBSTACLES_H

#include <stddef.h>

#include "util/error.h"
#include "util/reason.h"
#include "verdict/verdict.h"
#include "xen/judge.h"
#include "xen/store.h"

enum { OBSTACLES_MAX = 8, OBSTACLE_TEXT_MAX = 320 };

struct obstacle {
    enum verdict_answer says; /* VERDICT_NO: it cannot be saved;
                               * VERDICT_UNKNOWN: nobody could be asked */
    enum xr_reason reason;    /* NONE if it is unknown */
    const char *source;       /* who says so: "xen", "libxl", "guest", "qemu" */
    char text[OBSTACLE_TEXT_MAX]; /* "it is paused, ..."; may be the guest's */
    char step[OBSTACLE_TEXT_MAX]; /* a command that helps; "": none */
};

/* The most telling first; what says no before what is unknown. */
struct obstacles {
    struct obstacle items[OBSTACLES_MAX];
    size_t count;
};

/*
 * A domain that stands suspended already has been asked, and has none.
 * device_models: where QEMU's sockets are; NULL: where libxl puts them.
 * -errno: Xen or xenstore could not be asked.
 */
int obstacles_find(xc_interface *xch, struct store *store,
                   const struct judgement *judgement,
                   const char *device_models, struct obstacles *out,
                   struct xr_error *err);

/* The first that says no; NULL: none. */
const struct obstacle *obstacles_refusal(const struct obstacles *obstacles);

#endif
