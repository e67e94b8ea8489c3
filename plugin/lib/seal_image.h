/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sealing a save image that is there already (format/seal.h).
 */
#ifndef LIB_SEAL_IMAGE_H
#define LIB_SEAL_IMAGE_H

#include <stdbool.h>

#include "lib/digest.h"
#include "lib/verify.h"

/*
 * Opens an image that is to be sealed.  What is no file is not even opened: that
 * alone can do something to a device.
 */
int seal_open(const char *path, struct xr_error *err);

/*
 * Appends a seal to the image in fd, which is open for reading and writing and
 * begins with the image, and waits until it is on the disk.  Done if it has
 * one that matches: *was_sealed.  -EBADMSG: the image is not sound, and is
 * left as it is; *result, always to be freed, says why.  After a failed write
 * the file is as long as before.
 */
int seal_image(int fd, const struct verify_options *options,
               struct verify_result *result, struct seal *out,
               bool *was_sealed, struct xr_error *err);

#endif
