/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A source: bytes that can be read by offset, whatever they come from - a blob
 * in memory, a file, a pipe, a part of another source, or what a decompressor
 * makes of another source.  The readers of containers and of ELF see only
 * this, which is how they stop a decompression early.
 *
 * Reading forward is cheap everywhere.  A decompressed source reads backward
 * by starting again, a few times at most.
 */
#ifndef KERNEL_SOURCE_H
#define KERNEL_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "util/error.h"

struct source;

struct source_ops {
    /* As source_read_at(). */
    ssize_t (*read_at)(struct source *self, uint64_t offset, void *out,
                       size_t n, struct xr_error *err);
    /* Frees self too. */
    void (*release)(struct source *self);
};

/* The first member of every kind of source. */
struct source {
    const struct source_ops *ops;
    bool failed;  /* a read failed: its error tells where in the file */
};

/*
 * Up to n bytes from offset; fewer only at the end of the source.  Returns
 * their number or a negative errno.
 */
ssize_t source_read_at(struct source *self, uint64_t offset, void *out,
                       size_t n, struct xr_error *err);

/*
 * All n bytes, or -ENODATA at the first missing byte: "WHAT cut off".
 */
int source_read_all(struct source *self, uint64_t offset, void *out, size_t n,
                    const char *what, struct xr_error *err);

/* Accepts a pointer to NULL; keeps errno. */
void source_release(struct source **self);
#define CLEANUP_SOURCE __attribute__((cleanup(source_release)))

/*
 * The constructors return NULL when out of memory.  What they are made of
 * stays the caller's and must outlive the source.
 */
struct source *source_from_memory(const void *blob, size_t size);

/*
 * A file from its current offset on.  A pipe's bytes are kept as far as they
 * have been read, at most PIPE_KEPT_MAX; a seekable fd's offset is untouched.
 */
struct source *source_from_fd(int fd);
enum { PIPE_KEPT_MAX = 1 << 28 };

/* size bytes from offset on, of the source whole. */
struct source *source_part(struct source *whole, uint64_t offset,
                           uint64_t size);

#endif
