/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A domain is restored: the record in the stream is read back, and what it
 * says of the kernel goes into the new domain's xenstore directory.
 */
#ifndef HOOK_RESTORE_H
#define HOOK_RESTORE_H

#include <stdint.h>

/*
 * xc_domain_restore, but for the fd: its other arguments, which differ between
 * Xen's releases, are in data.
 */
typedef int restore_from_function(int io_fd, void *data);

/* As real(io_fd, data). */
int hook_restore(restore_from_function *real, void *data, int io_fd,
                 uint32_t dom, unsigned int stream_type);

#endif
