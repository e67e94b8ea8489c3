/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The file that a verb is to read.
 */
#ifndef CLI_INPUT_H
#define CLI_INPUT_H

#include "util/error.h"

/* The file, or standard input for "-"; complains and -1. */
int input_open(const char *path);

/* The same; *err says it, too. */
int input_open_for(const char *path, struct xr_error *err);

#endif
