/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The one way in which an image of a series goes.  Whatever belongs to an
 * image goes with it here.
 */
#ifndef ENGINE_IMAGE_REMOVE_H
#define ENGINE_IMAGE_REMOVE_H

#include <sys/stat.h>

#include "engine/events.h"
#include "util/error.h"

/*
 * Removes the image if it is the very file that was seen, untouched.  -EBUSY,
 * XR_REASON_LOCKED: it was changed or replaced meanwhile, somebody is at work
 * on its copies of disks, or a rollback needs it (engine/rollback_note.h), and
 * it stays.  That it is gone already is a success.
 */
int image_remove(const char *path, const struct stat *seen,
                 const struct events *events, struct xr_error *err);

#endif
