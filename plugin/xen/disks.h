/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A domain's block devices, as libxl has written them down in xenstore.
 */
#ifndef XEN_DISKS_H
#define XEN_DISKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/error.h"
#include "xen/store.h"

/* Texts are NULL where nothing is said. */
struct guest_disk {
    char *dev;      /* "xvda" */
    char *mode;     /* "w", "r", "w!" */
    char *type;     /* "phy", "qdisk" */
    char *params;   /* "/dev/vg0/web", "qcow2:/srv/web.qcow2"; "" of a CD drive
                     * that is empty */
    char *script;   /* what sets it up: "/etc/xen/scripts/block" */
    bool here;      /* Domain-0 serves it, no driver domain */
};

/*
 * In xenstore's order.  *out is to be freed with guest_disks_free; NULL if
 * there are none.  Of a driver domain's disk it is libxl's word, never that
 * domain's.
 */
int guest_disks_read(struct store *store, uint32_t domid,
                     struct guest_disk **out, size_t *count_out,
                     struct xr_error *err);

void guest_disks_free(struct guest_disk *disks, size_t count);

/*
 * "/dev/vg0/web" or, where QEMU or tapdisk serve it, "qcow2:/srv/web.qcow2",
 * "tapdisk:vhd:/srv/web.vhd".  The format is as libxl calls it, "" if it does
 * not.  False if that is no file of this host.
 */
enum { DISK_FORMAT_ROOM = 16 };
bool disk_params_split(const char *params, char format[DISK_FORMAT_ROOM],
                       const char **path_out);

/*
 * For hooks: a line for each that Domain-0 serves, "DEV MODE TYPE TARGET",
 * such as "xvda w phy /dev/vg/lv" or "xvdb w qdisk aio:/srv/b.img".  The
 * target comes last, for it may have blanks.  To be freed; "" if there is
 * none; NULL if nobody can tell.
 */
char *disks_list(uint32_t domid);

#endif
