/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What has become of an image and of its guest: facts, as hooks are told them,
 * not exit statuses.
 */
#ifndef DOMAIN_FATE_H
#define DOMAIN_FATE_H

#include <stdint.h>

#include "xen/domain.h"

/* What became of the file that was to be the image. */
enum image_fate {
    IMAGE_NONE,      /* there is none */
    IMAGE_UNTOUCHED, /* the former one is as it was */
    IMAGE_COMPLETE,  /* it is new and whole, and has its name */
    IMAGE_BROKEN,    /* what stands under its name is no whole image */
};

/* "none", "untouched", "complete", "broken". */
const char *image_fate_name(enum image_fate fate);

/* Of an operation that has made no new image: is a former one there? */
enum image_fate image_fate_without_new(const char *path);

/* What became of the guest. */
enum guest_fate {
    FATE_RUNS,
    FATE_RESTORED,  /* it is in a new domain */
    FATE_PAUSED,
    FATE_SUSPENDED, /* it is held, with all its memory */
    FATE_SHUT_DOWN,
    FATE_CRASHED,
    FATE_GONE,      /* there is no domain of it */
    FATE_UNKNOWN,   /* Xen does not say */
};

/* "runs", "restored", "paused", "suspended", "shut-down", ... */
const char *guest_fate_name(enum guest_fate fate);

/* *domid_out: the domain that it is in, or was. */
enum guest_fate guest_fate_read(xc_interface *xch, const struct domain *before,
                                uint32_t *domid_out);

#endif
