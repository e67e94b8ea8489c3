/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The forms in which a guest's memory is written (xen-resumable-memory(7)):
 *
 *   raw   byte n of the file is byte n of the guest's memory; between ranges zeros
 *   elf   an ELF core as QEMU's dump-guest-memory writes it (memory_elf.c)
 *   lime  LiME, version 1: ranges, each behind a header of 32 bytes
 *   xen   what xl dump-core writes (memory_xen.c)
 */
#ifndef LIB_MEMORY_FORM_H
#define LIB_MEMORY_FORM_H

#include <stdint.h>

#include "lib/listener.h"
#include "lib/memory_image.h"
#include "lib/memory_sink.h"
#include "util/error.h"

enum memory_form {
    MEMORY_RAW,
    MEMORY_ELF,
    MEMORY_LIME,
    MEMORY_XEN,
};

struct memory_writing {
    const struct memory_image *image;
    struct memory_sink *sink;
    const struct listener *listener; /* may be NULL */
    uint8_t *chunk;    /* for pages on their way */
    uint64_t done;     /* pages */
    uint64_t all;      /* pages that are read, those read twice counted twice */
    bool vmcoreinfo;   /* the guest's own note was found and is in the output */
};

/* How many bytes the output has, holes among them. */
uint64_t memory_raw_size(const struct memory_image *image);

/*
 * Writes a form.  listener (may be NULL) hears of bytes read.  Failures are
 * those of reading and writing, and -ECANCELED.
 */
int memory_write(const struct memory_image *image, enum memory_form form,
                 struct memory_sink *sink, const struct listener *listener,
                 bool *vmcoreinfo_out, struct xr_error *err);

/* For the forms, each in its own file: the parts that they are made of. */

/*
 * Reads count pages from first on, all of them memory, a chunk at a time; take
 * is called for each chunk.
 */
int memory_each_chunk(struct memory_writing *w, uint64_t first,
                      uint64_t count,
                      int (*take)(struct memory_writing *w, void *data,
                                  const struct memory_run *run,
                                  struct xr_error *err),
                      void *data, struct xr_error *err);

/* The same pages, to the sink. */
int memory_put_pages(struct memory_writing *w, uint64_t first, uint64_t count,
                     struct xr_error *err);

/* Those of all ranges, one behind another. */
int memory_put_all(struct memory_writing *w, struct xr_error *err);

int memory_write_elf(struct memory_writing *w, struct xr_error *err);
int memory_write_xen(struct memory_writing *w, struct xr_error *err);

#endif
