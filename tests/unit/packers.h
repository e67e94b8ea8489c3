/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Compression in the process, for tests that need thousands of images.  LZO
 * and LZ4 write the framing that Linux uses; their decoders are held against
 * the stock tools in tests/cli/notes.sh.
 */
#ifndef TESTS_UNIT_PACKERS_H
#define TESTS_UNIT_PACKERS_H

#include "util/buffer.h"

struct packer {
    const char *name;
    void (*pack)(struct buffer *out, const struct buffer *in);
};

/* One for every decoder; ends with a NULL name. */
extern const struct packer packers[];

#endif
