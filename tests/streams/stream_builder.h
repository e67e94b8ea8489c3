/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Save images made to order, in memory: piece by piece, or a whole sound one.
 * A failed allocation ends the program.
 */
#ifndef TESTS_STREAMS_STREAM_BUILDER_H
#define TESTS_STREAMS_STREAM_BUILDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/buffer.h"

void build_bytes(struct buffer *b, const void *bytes, size_t n);
void build_le32(struct buffer *b, uint32_t value);
void build_le64(struct buffer *b, uint64_t value);

void build_xl(struct buffer *b, const char *config);
void build_libvirt(struct buffer *b, const char *xml);
void build_libxl(struct buffer *b);
void build_libxc(struct buffer *b, unsigned version, unsigned type);

/* Of either layer: header, body, padding. */
void build_record(struct buffer *b, uint32_t type, const void *body,
                  size_t n);

/* The header and list of PAGE_DATA without the pages' contents. */
void build_page_list(struct buffer *b, uint64_t first, uint32_t count);

/* PAGE_DATA of count pages from first on, filled with what their number is. */
void build_pages(struct buffer *b, uint64_t first, uint32_t count);

/*
 * A padding record, for what stands ahead bytes behind it to be aligned; it has at
 * least so many bytes, and may be none if that is 0.
 */
void build_padding(struct buffer *b, size_t ahead, size_t least);

/* The metadata record of a Linux guest. */
void build_metadata(struct buffer *b);

/* What a sound image is made of. */
struct image_plan {
    char container;     /* 'x'l, lib'v'irt, lib'l'ibxl, lib'c' */
    bool hvm;
    bool live;          /* two more passes over some pages */
    bool metadata;
    const char *record; /* more keys of it, as a list; or NULL */
    bool emulator;      /* QEMU's state in libxl's stream */
    bool version2;      /* as before Xen 4.14 */
    bool flat;          /* every page at a multiple of its size; live: the
                           records of pages stand in reverse */
    unsigned vcpus;     /* 0: 1 */
    uint32_t pages;     /* 0: 3000 */
    uint32_t batch;     /* pages in a record; 0: 1024 */
    uint32_t rounds;    /* of a stream: each page comes so often, and is never
                           the same; 0: 1 */
    const char *config; /* NULL: one that fits */
    /* In place of build_pages; may write b out and empty it. */
    void (*write_pages)(struct buffer *b, uint64_t first, uint32_t count);
};
void build_image(struct buffer *b, const struct image_plan *plan);

#endif
