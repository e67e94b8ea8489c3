/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Is a word a slip of the pen for another one?
 */
#ifndef UTIL_NEAR_WORD_H
#define UTIL_NEAR_WORD_H

#include <stddef.h>

/*
 * How many letters were left out, added, exchanged, or swapped with their
 * neighbour to make the first length bytes of word out of meant.  SIZE_MAX:
 * more than a slip of the pen, which is one for each three letters of meant,
 * and three at most.
 */
size_t near_word(const char *word, size_t length, const char *meant);

#endif
