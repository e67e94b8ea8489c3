/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * xenresumable.h - is a Xen guest's suspend resumable, and what do its kernel
 * and its save images say about it?
 *
 * This is the only installed header.  It needs no Xen header, and every
 * function works on a machine without Xen.  The library never prints, never
 * exits and keeps no state: any number of threads may call it.
 *
 * Fallible functions return 0 or a negative errno, and take last a
 * struct xr_error *, which may be NULL.  Outputs are set on success only.
 */
#ifndef XENRESUMABLE_H
#define XENRESUMABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define XR_EXPORT __attribute__((visibility("default")))
#else
#define XR_EXPORT
#endif

/** struct xr_error.offset where no byte of an input is to blame. */
#define XR_NO_OFFSET UINT64_MAX

/** What went wrong, for people and for programs. */
struct xr_error {
    int code;          /**< a positive errno value */
    uint64_t offset;   /**< in the input, or XR_NO_OFFSET */
    char message[240]; /**< one line, no newline; may quote hostile text */
};

#ifdef __cplusplus
}
#endif

#endif
