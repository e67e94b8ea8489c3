/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Facts about an image, one on a line, for people.
 */
#ifndef CLI_FACTS_H
#define CLI_FACTS_H

#include <stdint.h>

#include "cli/screen.h"
#include "verdict/verdict.h"

/* "1.5 GiB" or "123 bytes". */
enum { SIZE_TEXT_MAX = 32 };
void size_text(uint64_t bytes, char out[SIZE_TEXT_MAX]);

/*
 * "LABEL       text", the text made safe for a terminal, and wrapped to its
 * width.
 */
__attribute__((format(printf, 2, 3)))
void print_line(const char *label, const char *format, ...);

/* The same, with the text in the mark's colour. */
__attribute__((format(printf, 3, 4)))
void print_marked(const char *label, enum mark mark, const char *format, ...);

/* "LABEL       yes: reason" in the answer's colour; the reason may be NULL. */
void print_verdict(const char *label, enum verdict_answer answer,
                   const char *reason);

enum mark mark_of_verdict(enum verdict_answer answer);

#endif
