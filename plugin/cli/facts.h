/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Facts about an image, one on a line, for people.
 */
#ifndef CLI_FACTS_H
#define CLI_FACTS_H

#include <stdint.h>

/* "1.5 GiB" or "123 bytes". */
enum { SIZE_TEXT_MAX = 32 };
void size_text(uint64_t bytes, char out[SIZE_TEXT_MAX]);

/* "LABEL       text", the text made safe for a terminal. */
__attribute__((format(printf, 2, 3)))
void print_line(const char *label, const char *format, ...);

#endif
