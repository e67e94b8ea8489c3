/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The first bytes of a stream, without taking any of them: a file is read at
 * its offset, a pipe's contents are duplicated by tee(2), a socket's are read
 * with MSG_PEEK.  Whoever reads the fd afterwards finds every byte.
 */
#ifndef HOOK_PEEK_H
#define HOOK_PEEK_H

#include <stddef.h>
#include <stdint.h>

#include "util/error.h"

/* How far a stream that cannot be sought is looked into. */
enum { PEEK_MAX = 1 << 20 };

struct peek {
    enum { PEEK_FILE, PEEK_PIPE, PEEK_SOCKET } kind;
    int fd;           /* borrowed; its offset and flags stay as they are */
    uint64_t start;   /* of a file: where it stands */
    int copy[2];      /* the pipe that a pipe is duplicated into */
    uint8_t *bytes;   /* of a pipe or socket: what there was so far */
    size_t have;
};

/* -ESPIPE: it is none of the three.  End it with peek_end in any case. */
int peek_begin(struct peek *peek, int fd, struct xr_error *err);

/*
 * Exactly n bytes, counted from where the fd stands; waits for them as long as
 * more keeps coming.  -EINVAL: the stream ends before.  -ESPIPE: they do not
 * come unless the first ones are taken, or not for a second: nobody can tell
 * these two apart; or this stream shows nothing.
 */
int peek_at(struct peek *peek, uint64_t offset, void *out, size_t n,
            struct xr_error *err);

void peek_end(struct peek *peek);

#define CLEANUP_PEEK __attribute__((cleanup(peek_end)))

#endif
