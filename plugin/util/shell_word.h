/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A word of a command that people copy from a message into a shell.
 */
#ifndef UTIL_SHELL_WORD_H
#define UTIL_SHELL_WORD_H

#include "util/buffer.h"

/*
 * Appends the word, in quotes if it needs them: whatever it holds, a POSIX
 * shell reads that very word.  Bytes that would steer a terminal stay: whoever
 * prints it makes them visible, and then it is another word.
 */
void buffer_put_shell_word(struct buffer *b, const char *word);

#endif
