/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The seal of a flat image, made by going through it: what the engine makes while it
 * writes.  A failure ends the program.
 */
#ifndef TESTS_STREAMS_FLAT_SEAL_H
#define TESTS_STREAMS_FLAT_SEAL_H

#include "lib/digest_table.h"
#include "util/buffer.h"

/* Behind the image that is all of the file, open for reading and writing. */
void flat_seal_file(int fd);

/* Behind the image that is all of b. */
void flat_seal(struct buffer *b);

/* Seals by that table, also one that is not that of the image in fd. */
void flat_seal_by(int fd, const struct digest_table *table);

#endif
