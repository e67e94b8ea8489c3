/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Passes bytes from an incoming fd to an outgoing one, every one unchanged,
 * until it is told to stop.
 *
 * Everything that it waits for, it waits for in one place, beside an eventfd
 * that ends it: it never blocks in a read, a write or a splice.  The incoming
 * fd may be shared with others, so it is not made non-blocking; it is read
 * only when poll(2) says that there is something.
 */
#ifndef HOOK_RELAY_H
#define HOOK_RELAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/error.h"

enum { RELAY_CHUNK = 64 << 10 };

struct relay {
    int in;           /* borrowed, as the others */
    int out;          /* must be non-blocking */
    int stop;         /* an eventfd; readable: stop */
    uint64_t offset;  /* bytes taken from in */
    bool cannot_splice;
    uint8_t chunk[RELAY_CHUNK];
};

/*
 * The next n bytes.  -EINVAL: in ends before.  -ECANCELED: it was told to
 * stop.  Anything else: a system call failed.
 */
int relay_pass(struct relay *relay, uint64_t n, struct xr_error *err);

/* The same, and keeps them; each is passed on as soon as it is there. */
int relay_pass_and_keep(struct relay *relay, uint8_t *out, size_t n,
                        struct xr_error *err);

#endif
