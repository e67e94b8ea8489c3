/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * show --memory: a few bytes of a guest's memory.
 */
#ifndef CLI_SHOW_MEMORY_H
#define CLI_SHOW_MEMORY_H

#include <stdint.h>

#include "cli/output.h"

/* In JSON the bytes are a text. */
enum { SHOW_MEMORY_JSON_MAX = 1 << 20 };

struct memory_place {
    uint64_t address;
    uint64_t length; /* 0: none was asked for */
};

/* "ADDRESS:LENGTH", each decimal or 0x... */
int memory_place_take(const char *word, struct memory_place *out,
                      struct xr_error *err);

/*
 * The bytes as they are, to a terminal as lines, or as JSON.  Returns an exit
 * status.
 */
int show_memory(const struct output *out, const char *path, int fd,
                const struct memory_place *place);

#endif
