/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The result of a verb that takes several images, as JSON.
 */
#ifndef CLI_IMAGES_H
#define CLI_IMAGES_H

#include <stddef.h>

#include "cli/output.h"

struct image_answers {
    size_t count;
    const char *(*path)(const void *data, size_t i);
    /* NULL: the answer is a yes. */
    const struct xr_error *(*failure)(const void *data, size_t i);
    /* Its own members, if there are any. */
    void (*put)(yajl_gen g, const void *data, size_t i);
    const void *data;
};

/* Of one image the object is that image's; of several it has an array. */
void json_images(const struct output *out, const struct image_answers *answers);

#endif
