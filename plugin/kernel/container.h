/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From a file to the ELF image in it, through whatever it is wrapped in:
 *
 *   ELF            as it is, or compressed as a whole
 *   bzImage        Linux on x86: the payload named by the setup header, which
 *                  every compression of Linux may have packed
 *   UKI            unified kernel image: a PE program whose section .linux is
 *                  a bzImage
 *
 * Each may be compressed again as a whole, as Xen's own builder allows.
 * Kernels that cannot carry Xen's notes (arm64 and others) are recognised and
 * named.
 */
#ifndef KERNEL_CONTAINER_H
#define KERNEL_CONTAINER_H

#include "kernel/source.h"

/*
 * Wrappings inside wrappings.  A bzImage's payload is packed, and all of it
 * may be packed once more; each decoder more would multiply what a bomb costs.
 */
enum { LAYERS_MAX = 8, DECODERS_MAX = 2 };

struct container {
    const char *kind;         /* "elf", "bzImage", "uki", "arm64", ... */
    const char *compression;  /* the innermost: "none", "gzip", ... */
    struct source *elf;       /* NULL: a kernel that is no ELF */
    uint64_t origin;          /* of elf in the file, if not decompressed */
    unsigned decoders;        /* so many decompressions lie between */

    struct source *layers[LAYERS_MAX];  /* owned, outermost first */
    size_t layer_count;
};

/*
 * Fills *out, which is empty before; free it in any case.  -ENOEXEC: no kernel
 * image of any kind.
 */
int container_open(struct source *file, struct container *out,
                   struct xr_error *err);
void container_free(struct container *container);
#define CLEANUP_CONTAINER __attribute__((cleanup(container_free)))

#endif
