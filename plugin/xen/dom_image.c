/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The structure is public since Xen 4.15.  Xen 4.14 passes it, too, but
 * installs no header for it: the three fields that are read lie as below on
 * amd64, from 4.14.0 to its last release.  tests/unit/test-dom-image.c has
 * the installed libxenguest fill one in, and finds them there.
 */
#include "config.h"

#include "xen/dom_image.h"

#include <xenctrl.h>
#include <xenguest.h>

#ifndef HAVE_XC_DOM_IMAGE
struct xc_dom_image {
    void *kernel_blob;
    size_t kernel_size;
    unsigned char others[1208];
    uint32_t guest_domid;
};
#endif

struct dom_image dom_image_read(const struct xc_dom_image *dom)
{
    return (struct dom_image){
        .kernel = dom->kernel_blob,
        .kernel_size = dom->kernel_size,
        .domid = dom->guest_domid,
    };
}
