/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The file that a verb is to read.
 */
#ifndef CLI_INPUT_H
#define CLI_INPUT_H

#include "util/error.h"

/* The file, or standard input for "-"; -1 and *err.  A signal stops it. */
int input_open(const char *path, struct xr_error *err);

#endif
