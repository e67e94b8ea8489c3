/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who was saved: out of the image's record, or else of the configuration or
 * the XML in its head.
 */
#ifndef LIB_SAVE_IDENTITY_H
#define LIB_SAVE_IDENTITY_H

#include "lib/save_image.h"
#include "util/error.h"

/* NULL: nobody says it. */
struct save_identity {
    char *name;
    char *uuid;
};

/*
 * Into *out, to be freed.  A configuration that cannot be read says nothing:
 * -ENOMEM is the only failure.
 */
int save_identity_read(const struct save_image *image,
                       struct save_identity *out, struct xr_error *err);

void save_identity_free(struct save_identity *identity);

#endif
