/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A toolstack that libxl calls when something has happened to a domain:
 * libvirt's driver.  It is told of a domain's suspend and then of nothing
 * more, although the guest may go on, after a checkpoint or a save that
 * failed.  Here it is told of the guest's later end as well, on every Xen.
 */
#ifndef HOOK_CALLBACKS_H
#define HOOK_CALLBACKS_H

#include <stdbool.h>

#include "hook/behind.h"

/*
 * As libxl_event_register_callbacks.  The toolstack's event_occurs is called
 * with the events that libxl would call it with, and with the end of a guest
 * that has suspended before.  Where memory is short, or some function of
 * libxl's is not found, the hooks go to libxl as they are.
 */
void hook_register_callbacks(door_register_callbacks *real,
                             const struct libxl_functions *libxl,
                             struct libxl__ctx *ctx,
                             const libxl_event_hooks *hooks, void *user);

/* Are the events of this ctx heard here first?  Then its handles are ours. */
bool callbacks_hear(const struct libxl__ctx *ctx);

#endif
