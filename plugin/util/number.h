/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Numbers in text, as the list, xenstore and the command line have them.
 */
#ifndef UTIL_NUMBER_H
#define UTIL_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The whole text is one number: decimal, or hexadecimal behind 0x.  No sign,
 * no blanks, no octal.  False, and *out untouched, for anything else and for
 * what does not fit.
 */
bool number_parse(const char *text, uint64_t *out);

#endif
