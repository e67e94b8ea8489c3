/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The command's connection to this host's Xen: hypervisor and xenstore.
 */
#ifndef XEN_CONNECTION_H
#define XEN_CONNECTION_H

#include <xenctrl.h>

#include "util/error.h"
#include "xen/store.h"

struct connection {
    xc_interface *xch;
    struct store *store;
};

/* -ENODEV, and a message that says what is missing, if this is no dom0. */
int connection_open(struct connection *out, struct xr_error *err);
void connection_close(struct connection *connection);

#define CLEANUP_CONNECTION __attribute__((cleanup(connection_close)))

#endif
