/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A configuration as values with paths (lib/values.h): libxl's JSON as
 *
 *   c_info.name=web,b_info.avail_vcpus[0]=0,disks[0].vdev=xvda
 *
 * libvirt's XML as
 *
 *   domain/name=web,domain/devices/disk@type=file,domain/devices/disk[2]@...
 *
 * Members of an array count from 0, further elements of one name from 2.
 */
#ifndef LIB_FLATTEN_H
#define LIB_FLATTEN_H

#include <stddef.h>

#include "lib/values.h"
#include "util/error.h"

/* Maps, arrays and elements within each other. */
enum { FLATTEN_DEPTH_MAX = 64 };

/*
 * Into the empty *out.  -EINVAL: no JSON, with the offset; -E2BIG: beyond
 * FLATTEN_DEPTH_MAX or VALUES_BYTES_MAX, so that nothing can be said of it.
 * XML is not checked for being well-formed.
 */
int flatten_json(const char *text, size_t n, struct values *out,
                 struct xr_error *err);
/* The same, but a name that stands twice in one object is no JSON: readers of
   the same text would not agree on what it says. */
int flatten_json_strictly(const char *text, size_t n, struct values *out,
                          struct xr_error *err);
int flatten_xml(const char *text, struct values *out, struct xr_error *err);

/* The error of a failure with that code, or -EINVAL, at that offset. */
int flatten_failed(int r, uint64_t offset, struct xr_error *err);

#endif
