/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which boot of the host this is.
 */
#ifndef ENGINE_BOOT_H
#define ENGINE_BOOT_H

#include <stdbool.h>

enum { BOOT_ROOM = 37 };

/* "" if it cannot be told. */
void boot_read(char out[BOOT_ROOM]);

/* False also if it cannot be told. */
bool boot_is_this(const char *boot);

#endif
