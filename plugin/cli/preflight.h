/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * check --image FILE --here: would this image restore on this host?  Nothing
 * is created or changed to find out.
 */
#ifndef CLI_PREFLIGHT_H
#define CLI_PREFLIGHT_H

#include "cli/cli.h"

/* Prints the answer; returns an exit status: yes, no, error or unknown. */
int preflight(const char *path, enum format format);

#endif
