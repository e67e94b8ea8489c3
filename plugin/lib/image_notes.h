/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Image metadata: the Xen notes of a kernel image as a list, whatever the
 * image is wrapped in.  Fit for hostile images inside a toolstack: bounded in
 * memory and time, no temporary files, no output, no global state.
 */
#ifndef LIB_IMAGE_NOTES_H
#define LIB_IMAGE_NOTES_H

#include <stdbool.h>
#include <stddef.h>

#include "format/keylist.h"
#include "util/error.h"

/* All strings are constants. */
struct image_info {
    const char *container;    /* "elf", "bzImage", "uki", "arm64", ... */
    const char *compression;  /* "none", "gzip", "xz", ... */
    const char *place;        /* "PT_NOTE", "SHT_NOTE", "__xen_guest", NULL */
    const char *loader;       /* what it is, if no guest's kernel, or NULL */
    unsigned bits;            /* 32, 64, or 0 where there is no ELF */
    bool big_endian;
};

/*
 * The notes, ordered by number, keys and values in list form
 * (format/notes.h), into the empty list *out.
 *
 * -ENOENT: a kernel image, but without Xen notes (hvmloader, an arm64 Image).
 * -ENOEXEC: no kernel image at all.  Any other failure: it is one, but cut
 * off, malformed or beyond the limits.
 *
 * *info_out (may be NULL) is set on success and on -ENOENT.  The blob is only
 * read; fd may be a pipe, its offset moves.
 */
int image_notes_from_memory(const void *blob, size_t size,
                            struct keylist *out, struct image_info *info_out,
                            struct xr_error *err);
int image_notes_from_fd(int fd, struct keylist *out,
                        struct image_info *info_out, struct xr_error *err);

#endif
