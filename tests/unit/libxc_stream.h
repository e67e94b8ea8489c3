/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Synthetic libxc streams, piece by piece; failures end the test. */
#ifndef TESTS_UNIT_LIBXC_STREAM_H
#define TESTS_UNIT_LIBXC_STREAM_H

#include <stdint.h>

#include "util/buffer.h"

/* Image and domain header of an x86 PV guest, version 3. */
void put_headers(struct buffer *b);

void put_record_header(struct buffer *b, uint32_t type, uint32_t length);

/* No two neighbouring bytes are alike, in the padding neither. */
void put_record(struct buffer *b, uint32_t type, uint32_t length);

/* A metadata record with this list. */
void put_metadata(struct buffer *b, const char *text);

/* A whole stream: image.SUSPEND_CANCEL=0x1, so many bytes of pages. */
void make_stream(struct buffer *b, uint32_t page_bytes);

#endif
