/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where a form of a guest's memory goes, front to back: a file, which gets
 * holes for zeros, or anything else, which gets the zeros.
 */
#ifndef LIB_MEMORY_SINK_H
#define LIB_MEMORY_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/listener.h"
#include "util/error.h"

enum { MEMORY_SINK_HELD = 65536 };

struct memory_sink {
    int fd;            /* borrowed */
    bool sparse;       /* a file with nothing where it stands, nor behind */
    uint64_t base;     /* of a file: where it stands */
    uint64_t at;       /* so many bytes went before, held ones too */
    uint64_t written;  /* bytes; those in holes are not among them */
    const struct listener *listener; /* is asked after each signal; or NULL */
    size_t held;
    uint8_t bytes[MEMORY_SINK_HELD];
};

void memory_sink_open(struct memory_sink *sink, int fd,
                      const struct listener *listener);

/*
 * So many bytes will there be in all.  A file is made so long at once: where
 * one grows by what is written, XFS has blocks behind its end, which fill
 * holes.
 */
int memory_sink_expect(struct memory_sink *sink, uint64_t total,
                       struct xr_error *err);

/* Small things; they are gathered. */
int memory_sink_put(struct memory_sink *sink, const void *bytes, size_t n,
                    struct xr_error *err);

/* Zeros up to that byte of the output, which is not behind. */
int memory_sink_to(struct memory_sink *sink, uint64_t at,
                   struct xr_error *err);

/* Pages; those of zeros are holes. */
int memory_sink_pages(struct memory_sink *sink, const uint8_t *pages,
                      size_t count, struct xr_error *err);

/* What is gathered goes out, and a file has its length. */
int memory_sink_close(struct memory_sink *sink, struct xr_error *err);

#endif
