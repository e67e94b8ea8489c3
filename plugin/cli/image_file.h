/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the verbs that read save images share.
 */
#ifndef CLI_IMAGE_FILE_H
#define CLI_IMAGE_FILE_H

#include <stddef.h>
#include <stdint.h>

/* The file, or standard input for "-"; complains and -1. */
int image_file_open(const char *path);

/* "1.5 GiB" or "123 bytes". */
enum { SIZE_TEXT_MAX = 32 };
void size_text(uint64_t bytes, char out[SIZE_TEXT_MAX]);

/* "LABEL       text", the text made safe for a terminal. */
__attribute__((format(printf, 2, 3)))
void print_line(const char *label, const char *format, ...);

#endif
