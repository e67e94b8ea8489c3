/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A domain's block devices, as libxl has written them down in xenstore.
 */
#ifndef XEN_DISKS_H
#define XEN_DISKS_H

#include <stdint.h>

/*
 * A line for each: "DEV MODE TYPE TARGET", such as "xvda w phy /dev/vg/lv" or
 * "xvdb w qdisk aio:/srv/b.img".  The target comes last, for it may have
 * blanks.  To be freed; "" if there is none; NULL if nobody can tell.
 */
char *disks_list(uint32_t domid);

#endif
