/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Taking a memory image out of a save image: memory_image.c walks,
 * memory_pages.c takes the pages, memory_state.c the vCPUs and what else is
 * known.
 */
#ifndef LIB_MEMORY_STATE_H
#define LIB_MEMORY_STATE_H

#include "lib/flat_output.h"
#include "lib/memory_image.h"
#include "lib/walk.h"

struct memory_reading {
    struct walk walk;
    struct memory_image *image;
    bool spooling;             /* the input is a pipe */
    struct flat_output spool;  /* its fd is -1 where no pages are wanted */
};

/* A PAGE_DATA record (memory_pages.c). */
int memory_take_pages(struct memory_reading *m, struct xr_error *err);

/* Any other record of libxc's (memory_state.c). */
int memory_take_state(struct memory_reading *m, struct xr_error *err);

#endif
