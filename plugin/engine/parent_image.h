/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The image that a flat one begins as a copy of: one of the same guest, whose
 * blocks the new file then shares as far as its pages have not changed.  It is
 * read, and never changed; it may be removed at any time afterwards.
 */
#ifndef ENGINE_PARENT_IMAGE_H
#define ENGINE_PARENT_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/events.h"
#include "lib/flat_layout.h"
#include "util/error.h"

struct parent_search {
    const struct events *events;
    const char *wish;   /* "auto", "none", or a path */
    const char *path;   /* of the new image; its former ones are looked at */
    unsigned int keep;  /* how many of those have names of their own */
    const char *uuid;   /* the guest's */
    uint64_t pages;     /* of its memory */
};

/*
 * Finds it, and makes the empty file in fd a copy of it that shares its
 * blocks. *name_out (to be freed) is NULL, and the layout empty, if there is
 * none that can be used: why, is told as an event.  -ENOMEM.
 */
int parent_image_copy(const struct parent_search *search, int fd,
                      struct flat_layout *layout, char **name_out,
                      struct xr_error *err);

/*
 * Beforehand: is one that is named an image's file that can be read?  What becomes of
 * it until it is copied is no failure.
 */
int parent_image_check(const char *wish, struct xr_error *err);

/* Is there a former image, on a file system that knows shared blocks? */
bool parent_image_is_likely(const char *path);

#endif
