/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The death events that a toolstack has enabled.  libxl reports one shutdown
 * per enabled event, and a suspend is one.  For a guest that goes on, libxl's
 * event is replaced by another one, while what the toolstack holds remains.
 *
 * Two users: hook/watcher.h for who asks for events, hook/callbacks.h for who
 * is called.
 */
#ifndef HOOK_DEATHS_H
#define HOOK_DEATHS_H

#include <stdbool.h>
#include <stdint.h>

#include "hook/behind.h"

/*
 * As libxl_evenable_domain_death and libxl_evdisable_domain_death; what comes
 * out is a handle of ours.  Handles that are none of ours go to libxl as they
 * are.
 */
int hook_death_enable(door_death_enable *real, struct libxl__ctx *ctx,
                      uint32_t domid, uint64_t user,
                      struct libxl__evgen_domain_death **out);
void hook_death_disable(door_death_disable *real, struct libxl__ctx *ctx,
                        struct libxl__evgen_domain_death *evgen);

/* Of a domain: did it shut down, for a suspend? */
bool death_is_suspend(const struct libxl_event *event);

/*
 * The event is a suspend.  0: the domain's next shutdown will be reported, and
 * this one may be dropped.  Else libxl's error; of an event that is not
 * enabled by the door above it is ERROR_NOTFOUND, else it was said.
 */
int death_wait_on(const struct libxl_functions *libxl,
                  struct libxl__ctx *ctx, const struct libxl_event *event);

/* What a program is to be told of an event of its domain. */
struct death_news {
    bool first; /* the event is to be handed on: it is the first of its kind */
    bool waits; /* it is a suspend, and the domain's end will be reported */
};

/*
 * Any event that a program gets.  It is to see of each enabled death event
 * what libxl alone would report, a suspend, an end and a death once each, and
 * the end also after a suspend.
 */
struct death_news death_hear(const struct libxl_functions *libxl,
                             struct libxl__ctx *ctx,
                             const struct libxl_event *event);

/*
 * No death event of this ctx is enabled (any more): what is left is of one
 * that was freed, and had the same address.
 */
void deaths_forget(const struct libxl__ctx *ctx);

#endif
