/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Looking ahead in a libxc stream for the metadata record, which stands before
 * the first page: libxc reads the stream afterwards as if nobody had.
 */
#ifndef HOOK_SCAN_H
#define HOOK_SCAN_H

#include "format/keylist.h"
#include "util/error.h"

/*
 * fd stands at the image header of a libxc stream; not a byte of it is taken.
 * Fills the empty list *out.  -ENOENT: no record before the first page.
 * -ESPIPE: the stream cannot be looked into, or not that far (hook/peek.h).
 * -ENOTSUP: the record is of a later major version, or the stream is of
 * another version, byte order or type of domain.  Anything else: the stream or
 * the record is malformed; offsets are those of the file.
 */
int scan_for_record(int fd, struct keylist *out, struct xr_error *err);

#endif
