/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A configuration as a list of paths and values: libxl's JSON as
 *
 *   c_info.name=web,b_info.avail_vcpus[0]=0,disks[0].vdev=xvda
 *
 * libvirt's XML as
 *
 *   domain/name=web,domain/devices/disk@type=file,domain/devices/disk[2]@...
 *
 * Members of an array count from 0, further elements of one name from 2.  In a
 * key that keylist does not take, the bytes that it minds become '?'.
 */
#ifndef LIB_FLATTEN_H
#define LIB_FLATTEN_H

#include <stddef.h>

#include "format/keylist.h"
#include "util/error.h"

/*
 * Into the empty list *out.  -EINVAL: no JSON, with the offset; -E2BIG: nested
 * too deep, or more values than a list holds.  XML is not checked for being
 * well-formed.
 */
int flatten_json(const char *text, size_t n, struct keylist *out,
                 struct xr_error *err);
int flatten_xml(const char *text, struct keylist *out, struct xr_error *err);

#endif
