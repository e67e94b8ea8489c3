/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reading a file or a pipe once, front to back, by offset.  What lies between
 * two views is hopped over where the input can be sought, and read and dropped
 * where it cannot.  It reads ahead as long as it is read on without a hop, and
 * hardly at all after one: headers far apart cost what they are long.
 */
#ifndef LIB_READER_H
#define LIB_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/listener.h"
#include "util/error.h"

enum { READER_VIEW_MAX = 65536 };

struct spool;

/* Is given every byte of a pipe that was passed, in order and only once. */
typedef void reader_tap(void *data, const uint8_t *bytes, size_t n);

struct reader {
    int fd;          /* borrowed */
    int failure;     /* the fd cannot even be asked: every read fails so */
    bool seekable;
    struct spool *spool; /* has a pipe's bytes, in place of the fd; or NULL */
    uint64_t start;  /* the fd's own offset at the beginning */
    uint64_t size;   /* of the input from start on; 0 if not seekable */
    uint64_t bytes_read;
    reader_tap *tap; /* may be NULL */
    void *tap_data;
    const struct listener *listener; /* is asked after each signal; or NULL */
    uint64_t offset; /* of the window */
    size_t length;
    size_t ahead;
    uint8_t window[READER_VIEW_MAX];
};

void reader_open(struct reader *r, int fd);

/*
 * The same of a regular file, from start on, wherever the fd's own offset is.
 */
void reader_open_at(struct reader *r, int fd, uint64_t start);

/*
 * n bytes at offset, at most READER_VIEW_MAX; valid until the next call.
 * Offsets must not fall below that of the last call.  -ENODATA if the input
 * ends before, with the place where it does.
 */
int reader_view(struct reader *r, uint64_t offset, size_t n,
                const uint8_t **out, struct xr_error *err);

/* The same into memory of the caller's, of any length. */
int reader_copy(struct reader *r, uint64_t offset, void *out, size_t n,
                struct xr_error *err);

/* Passes everything before offset. */
int reader_pass(struct reader *r, uint64_t offset, struct xr_error *err);

/* How many bytes there are at offset, at most max. */
int reader_available(struct reader *r, uint64_t offset, size_t max,
                     size_t *out, struct xr_error *err);

/* n bytes and a NUL, to be freed; -E2BIG beyond max. */
int reader_text(struct reader *r, uint64_t offset, uint64_t n, size_t max,
                char **out, struct xr_error *err);

#endif
