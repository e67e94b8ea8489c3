/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the plugin reads of a struct xc_dom_image, libxenguest's notes about a
 * domain that is being built.
 */
#ifndef XEN_DOM_IMAGE_H
#define XEN_DOM_IMAGE_H

#include <stddef.h>
#include <stdint.h>

struct xc_dom_image;

struct dom_image {
    /*
     * The kernel as libxenguest loaded it: decompressed, and also there when
     * pygrub had put it into a temporary file that is gone by now.
     */
    const void *kernel;
    size_t kernel_size;
    uint32_t domid;
};

/* The kernel stays libxenguest's. */
struct dom_image dom_image_read(const struct xc_dom_image *dom);

#endif
