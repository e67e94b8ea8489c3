/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The disks that Domain-0 serves, whatever serves them: blkback, QEMU,
 * tapdisk.  A backend's own directory in xenstore says so, and libxl's, where
 * QEMU has removed that one; no guest can write to either.  What driver
 * domains serve is not here: their files are not this host's.
 */
#ifndef XEN_BACKENDS_H
#define XEN_BACKENDS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "util/error.h"
#include "xen/store.h"

struct backend_disk {
    uint32_t domid;         /* whose disk it is */
    char *dev;              /* "xvda"; NULL, as below: not said */
    char *mode;             /* "w", "r", "w!" */
    char *params;           /* "/dev/vg0/web", "qcow2:/srv/web.qcow2" */
    char *physical_device;  /* "fd:3", hexadecimal */
};

/*
 * *out is to be freed with backends_free; NULL if there is none.  A domain
 * that goes away meanwhile is left out.
 */
int backends_list(struct store *store, struct backend_disk **out,
                  size_t *count_out, struct xr_error *err);

void backends_free(struct backend_disk *disks, size_t count);

#endif
