/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The file that a verb is to read.
 */
#ifndef CLI_INPUT_H
#define CLI_INPUT_H

/* The file, or standard input for "-"; complains and -1. */
int input_open(const char *path);

#endif
