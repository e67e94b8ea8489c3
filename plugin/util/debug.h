/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Debug lines on stderr, for XR_DEBUG=1 in the environment or if enabled;
 * errno is kept.  Never stdout: in libxl-save-helper that is the wire to
 * libxl.
 */
#ifndef UTIL_DEBUG_H
#define UTIL_DEBUG_H

#include <stdbool.h>

void debug_enable(bool wanted);

__attribute__((format(printf, 1, 2)))
void debug(const char *format, ...);

#endif
