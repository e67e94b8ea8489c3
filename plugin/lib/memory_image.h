/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The memory of a guest, and its vCPUs, out of a save image of any layout and
 * container.  The image is walked through once: lists of pages are read, pages
 * hopped over.  A page that came several times, as in the rounds of a live
 * save, is what it was the last time.
 *
 * What comes by a pipe is spooled: page n goes to 4096 n of a sparse file,
 * where a later round writes over an earlier one.  That file is the guest's
 * raw memory, so that the raw form of a pipe's image is spooled where it is to
 * be.
 */
#ifndef LIB_MEMORY_IMAGE_H
#define LIB_MEMORY_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "format/libxc.h"
#include "lib/listener.h"
#include "lib/memory_map.h"
#include "util/error.h"

/* More than Xen gives any guest. */
enum { MEMORY_VCPUS_MAX = 8192 };

/* Of an HVM guest the CPU entry of its context, of a PV guest its vCPU's. */
struct memory_vcpu {
    uint32_t number;
    uint32_t length;
    uint8_t *state;
};

struct memory_image {
    int fd;                        /* where the pages are; borrowed */
    uint64_t start;                /* of the image in it; 0 of a spool */
    struct memory_map map;
    struct libxc_domain_header domain;
    unsigned int width;            /* of a PV guest's words: 8, 4; or 0 */
    struct memory_vcpu *vcpus;     /* in the image's order */
    size_t vcpu_count;
    uint8_t *shared_info;          /* of a PV guest, a page; or NULL */
    uint64_t pages;                /* of memory */
    uint64_t pages_with_data;
    uint64_t ranges;
    uint64_t end;                  /* the number behind the last page; 0: none */
};

/*
 * Where the pages of an image in a pipe go.  fd -1: nowhere, for who wants to
 * know only which there are.
 */
struct memory_spool {
    int fd;           /* of an empty file, open for reading and writing; borrowed */
};

static inline bool memory_is_hvm(const struct memory_image *image)
{
    return image->domain.type == LIBXC_DOMAIN_X86_HVM;
}

/*
 * Reads from where fd stands, which stays open as long as the image is used.
 * spool is used if fd cannot be sought, and may be NULL: -ESPIPE then.
 * listener may be NULL.  -ENODATA: cut off before its end; -EINVAL: malformed;
 * -E2BIG: more than any guest has; -ENOEXEC, -ENOTSUP as walk_next().  *out is
 * to be freed after success.
 */
int memory_image_read(int fd, const struct memory_spool *spool,
                      const struct listener *listener,
                      struct memory_image *out, struct xr_error *err);

/* The same of a regular file, from start on, wherever fd's own offset is. */
int memory_image_read_at(int fd, uint64_t start,
                         const struct listener *listener,
                         struct memory_image *out, struct xr_error *err);

/* The pages of a run, 4096 bytes each. */
int memory_image_pages(const struct memory_image *image,
                       const struct memory_run *run, void *out,
                       struct xr_error *err);

/*
 * Bytes at an address, all of which have to be memory.  -ENXIO: some are not,
 * and which is in the message.
 */
int memory_image_bytes(const struct memory_image *image, uint64_t address,
                       void *out, size_t n, struct xr_error *err);

void memory_image_free(struct memory_image *image);

#define CLEANUP_MEMORY_IMAGE __attribute__((cleanup(memory_image_free)))

#endif
