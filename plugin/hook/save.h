/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A domain is saved: the metadata record goes into the stream, before the
 * first page, while libxc waits in a callback.  No page data passes through.
 */
#ifndef HOOK_SAVE_H
#define HOOK_SAVE_H

#include "hook/behind.h"

/*
 * As xc_domain_save.  Additionally -1 with errno EOPNOTSUPP, before the domain
 * is suspended, for a checkpoint that would kill the guest.
 */
int hook_save(door_save *real, struct xc_interface_core *xch, int io_fd,
              uint32_t dom, uint32_t flags, struct save_callbacks *callbacks,
              unsigned int stream_type, int recv_fd);

#endif
