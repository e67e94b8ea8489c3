/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads and writes that finish: short transfers and EINTR are continued.
 */
#ifndef UTIL_IO_H
#define UTIL_IO_H

#include <stddef.h>
#include <sys/types.h>

/*
 * Up to n bytes; fewer only at the end of the input.  Returns the number of
 * bytes, or a negative errno.  The fd's offset moves, as with read(2).
 */
ssize_t read_full(int fd, void *out, size_t n);

/* The same at an offset; the fd's own offset is untouched. */
ssize_t pread_full(int fd, void *out, size_t n, off_t offset);

/*
 * All n bytes.  Returns 0 or a negative errno; *written_out (may be NULL) is
 * how many bytes went out in either case.
 */
int write_full(int fd, const void *bytes, size_t n, size_t *written_out);

/* All n bytes at an offset; the fd's own offset is untouched. */
int pwrite_full(int fd, const void *bytes, size_t n, off_t offset);

#endif
