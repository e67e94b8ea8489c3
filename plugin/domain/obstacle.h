/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What makes a save of a domain impossible.  Each answer says why, who says
 * so, and what to do about it.
 */
#ifndef DOMAIN_OBSTACLE_H
#define DOMAIN_OBSTACLE_H

#include <stddef.h>

#include "util/error.h"
#include "verdict/verdict.h"

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

/* The first that says no; NULL: none. */
const struct obstacle *obstacles_refusal(const struct obstacles *obstacles);

#endif
