/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A save image comes in, as libxl writes it; a flat one is laid out in a file
 * (FORMAT.md, "The flat layout").
 *
 *     flat_writer_new     a new file; or one that is a copy of another image
 *     flat_writer_take    reads the stream to its end; writes pages to their places
 *     flat_writer_set_keys    if the record is to say something else
 *     flat_writer_close   the rest: entries, what follows the pages, the seal
 *     flat_writer_free
 *
 * Between take and close nothing is read any more, and the guest may go on.
 */
#ifndef LIB_FLAT_WRITER_H
#define LIB_FLAT_WRITER_H

#include <stdbool.h>
#include <stdint.h>

#include "format/keylist.h"
#include "lib/flat_layout.h"
#include "lib/listener.h"
#include "lib/spool.h"
#include "util/error.h"

struct flat_writer;

struct flat_order {
    int in;                   /* from where it stands; a pipe or a file */
    int out;                  /* for reading and writing; from its first byte */
    /*
     * The layout of the image that out is a copy of, which is taken and left
     * empty; NULL: out is empty.  If this image does not fit into it, out is
     * emptied.
     */
    struct flat_layout *parent;
    struct spool *spool;      /* which reads the pipe; NULL: in is read here */
    const struct listener *listener; /* or NULL */
    bool seal;
};

struct flat_outcome {
    uint64_t bytes;           /* of the file */
    uint64_t pages;           /* of the guest, which have data */
    uint64_t pages_changed;   /* of their places: written */
    uint64_t bytes_written;
    uint64_t bytes_shared;    /* with the parent: not zero, and not written */
    const char *full;         /* why the parent was of no use; NULL: it was, or
                               * there was none */
};

/* All in the order is borrowed until flat_writer_free. */
int flat_writer_new(const struct flat_order *order, struct flat_writer **out,
                    struct xr_error *err);

/*
 * -ENOTSUP: a stream that cannot be laid out flat, as that of Remus; -ENODATA:
 * it is cut off; -ENOSPC and its like: the file cannot be written.
 */
int flat_writer_take(struct flat_writer *writer, struct xr_error *err);

/*
 * These keys of the record are set anew when it is closed, before anything is
 * digested (lib/record_rewrite.h).  Borrowed until then.
 */
void flat_writer_set_keys(struct flat_writer *writer,
                          const struct keylist *keys);

int flat_writer_close(struct flat_writer *writer, struct flat_outcome *out,
                      struct xr_error *err);

void flat_writer_free(struct flat_writer **writer);

#define CLEANUP_FLAT_WRITER __attribute__((cleanup(flat_writer_free)))

#endif
