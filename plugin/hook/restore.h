/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A domain is restored: the record in the stream is read back, and what it
 * says of the kernel goes into the new domain's xenstore directory.
 */
#ifndef HOOK_RESTORE_H
#define HOOK_RESTORE_H

#include "hook/doors.h"

int hook_restore(door_restore *real, struct xc_interface_core *xch,
                 int io_fd, uint32_t dom, unsigned int store_evtchn,
                 unsigned long *store_mfn, uint32_t store_domid,
                 unsigned int console_evtchn, unsigned long *console_mfn,
                 uint32_t console_domid, unsigned int stream_type,
                 struct restore_callbacks *callbacks, int send_back_fd);

#endif
