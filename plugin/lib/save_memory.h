/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What struct xr_save keeps for reading the guest's memory (save_memory.c).
 */
#ifndef LIB_SAVE_MEMORY_H
#define LIB_SAVE_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

#include <xenresumable.h>

#include "lib/memory_image.h"

struct save_memory {
    int fd;                         /* of the image; -1 */
    int failure;                    /* why it is -1: an errno */
    uint64_t start;                 /* of the image in the file */
    bool is_read;                   /* where the pages are is known */
    struct memory_image image;
    struct xr_memory_range *ranges; /* NULL: not asked for yet */
};

/* Of the image that begins where fd stands: keeps a duplicate of a file's. */
void save_memory_open(struct save_memory *memory, int fd);
void save_memory_close(struct save_memory *memory);

/* The save's own (save.c). */
struct save_memory *save_memory_of(struct xr_save *save);

#endif
