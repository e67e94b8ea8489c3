/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The beginning of a save image as xl or libvirt writes it, for images of our
 * own; and images with another configuration in their head.
 */
#ifndef LIB_XL_FILE_H
#define LIB_XL_FILE_H

#include "util/buffer.h"
#include "util/error.h"

/*
 * Writes xl's header and libxl's JSON of the domain's configuration; the libxl
 * stream comes next (tools/xl/xl_saverestore.c).
 */
int xl_file_begin(int fd, const char *json, struct xr_error *err);

/*
 * The same as libvirt writes it, with libvirt's XML of the domain
 * (src/libxl/libxl_driver.c).
 */
int libvirt_file_begin(int fd, const char *xml, struct xr_error *err);

/*
 * The image at in, an xl file from its beginning, goes to out, a pipe, with
 * that configuration in the place of its own.  -EPIPE: nobody reads it.
 */
int xl_file_copy_as(int in, const char *json, int out, struct xr_error *err);

/* The same of a file of libvirt's, and its XML. */
int libvirt_file_copy_as(int in, const char *xml, int out,
                         struct xr_error *err);

/*
 * Adds "KEY=VALUE" as user.KEY to a list for a metadata record.  -EINVAL if it
 * is none, or no key that a record can have.
 */
int label_add(struct buffer *list, const char *label, struct xr_error *err);

#endif
