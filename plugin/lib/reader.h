/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reading a file or a pipe once, front to back.  What is skipped is hopped
 * over where the input can be sought, and read and dropped where it cannot.
 */
#ifndef LIB_READER_H
#define LIB_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/error.h"

enum { READER_PEEK_SIZE = 8 };

struct reader {
    int fd;          /* borrowed */
    bool seekable;
    uint64_t start;  /* the fd's own offset at the beginning */
    uint64_t size;   /* of the input from start on; 0 if not seekable */
    uint64_t offset; /* from start */
    uint8_t peeked[READER_PEEK_SIZE];
    size_t peeked_count; /* bytes in peeked that were not read yet */
};

void reader_open(struct reader *r, int fd);

/* The first READER_PEEK_SIZE bytes, before anything is read. */
int reader_peek(struct reader *r, uint8_t out[READER_PEEK_SIZE],
                struct xr_error *err);

/* Exactly n bytes; -ENODATA at the end of the input, with its offset. */
int reader_read(struct reader *r, void *out, size_t n, struct xr_error *err);
int reader_skip(struct reader *r, uint64_t n, struct xr_error *err);

/* n bytes and a NUL, to be freed; -E2BIG beyond max. */
int reader_text(struct reader *r, uint64_t n, size_t max, char **out,
                struct xr_error *err);

#endif
