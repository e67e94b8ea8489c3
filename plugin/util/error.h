/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Filling struct xr_error (include/xenresumable.h).
 *
 * Every fallible function of the project returns 0 or a negative errno, and
 * takes as its last argument a struct xr_error *, which may be NULL.  The
 * functions here return that negative errno, so that a failure reads
 *
 *     return error_at(err, EINVAL, offset, "note header cut off");
 */
#ifndef UTIL_ERROR_H
#define UTIL_ERROR_H

#include <stdbool.h>
#include <stdint.h>

#include <xenresumable.h>

/* A failure with no place in a file.  code: a positive errno. */
__attribute__((format(printf, 3, 4)))
int error_set(struct xr_error *err, int code, const char *format, ...);

/* A failure at a byte of the input. */
__attribute__((format(printf, 4, 5)))
int error_at(struct xr_error *err, int code, uint64_t offset,
             const char *format, ...);

/*
 * A failed system call: format, then strerror(code); or better words, where
 * somebody has stopped it (ECANCELED) or a folder is no file (EISDIR).
 */
__attribute__((format(printf, 3, 4)))
int error_system(struct xr_error *err, int code, const char *format, ...);

/* The same, and nothing before. */
int error_errno(struct xr_error *err, int code);

/*
 * A failure whose reason the errno value alone does not tell (util/reason.h
 * has what it does tell).
 */
__attribute__((format(printf, 4, 5)))
int error_because(struct xr_error *err, enum xr_reason reason, int code,
                  const char *format, ...);

/*
 * A failure that is there already, told from further away: "before: message",
 * with that reason.  Returns -err->code.
 */
int error_within(struct xr_error *err, enum xr_reason reason,
                 const char *before);

/*
 * A failure that is there already, and whose message does not name the file: it
 * then begins with the path, or with its end, so that the rest has room.  err
 * may be NULL.
 */
void error_name_file(struct xr_error *err, const char *path);

/* Is there a byte to tell people of?  Where the file begins they know. */
static inline bool error_has_place(const struct xr_error *err)
{
    return err->offset && err->offset != XR_NO_OFFSET;
}

#endif
