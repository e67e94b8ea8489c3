/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which other files a qcow2 image is made of (QEMU, docs/interop/qcow2.txt):
 * the one that it is an overlay of, and the one that has its data.  Images of
 * version 1, "qcow", have the same first fields.
 *
 * All is big-endian, and stands in the first cluster:
 *
 *    0  "QFI\xfb", 4 version, 8 place and 16 length of the backing file's name
 *   20  cluster_bits (version 1: 32, and smaller)
 *   72  incompatible features, 100 length of the header (version 3)
 *
 * Behind the header of version 2 or 3 come extensions, each a type, a length
 * and data that is padded to 8 bytes, up to one of type 0.
 */
#ifndef FORMAT_QCOW2_H
#define FORMAT_QCOW2_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/error.h"

enum {
    QCOW2_HEADER_MIN = 48,      /* enough to tell how long it is */
    QCOW2_HEADER_MAX = 2 << 20, /* a cluster */
    QCOW2_NAME_MAX = 1023,      /* QEMU takes no longer one */
};

struct qcow2_files {
    char backing[QCOW2_NAME_MAX + 1]; /* "": none */
    char backing_format[16];          /* "": not said, QEMU looks for itself */
    char data[QCOW2_NAME_MAX + 1];    /* "": the image has its data itself */
    bool data_is_elsewhere;           /* also where its name is not said */
};

/* By the first QCOW2_HEADER_MIN bytes. */
bool qcow2_recognise(const uint8_t *bytes);

/*
 * How many bytes the names can stand in, at most QCOW2_HEADER_MAX; 0 for a
 * header that says something impossible.
 */
size_t qcow2_header_size(const uint8_t *bytes);

/*
 * bytes: the beginning of the image, of the size above or as much as there is.
 * -EINVAL, with the offset; -ENOTSUP: a version that we do not know.
 */
int qcow2_read_files(const uint8_t *bytes, size_t n, struct qcow2_files *out,
                     struct xr_error *err);

#endif
