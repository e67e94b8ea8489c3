/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who wants to know how far a long reading is, and may stop it.  A NULL
 * listener hears nothing and never stops.
 */
#ifndef LIB_LISTENER_H
#define LIB_LISTENER_H

#include <stdint.h>

#include "util/error.h"

struct listener {
    /* Bytes; all is 0 where nobody knows it.  Anything but 0 stops. */
    int (*progress)(void *data, uint64_t done, uint64_t all);
    /* A signal has interrupted a read.  May be NULL; as above. */
    int (*interrupted)(void *data);
    void *data;
};

/* 0, or -ECANCELED. */
int listener_progress(const struct listener *l, uint64_t done, uint64_t all,
                      struct xr_error *err);
int listener_interrupted(const struct listener *l);

#endif
