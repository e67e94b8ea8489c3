/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How much memory this process can take before somebody suffers: the host, or
 * itself by a limit such as systemd's MemoryMax= and MemoryHigh=.
 */
#ifndef ENGINE_FREE_MEMORY_H
#define ENGINE_FREE_MEMORY_H

#include <stdint.h>

/*
 * In bytes; 0 if nobody knows.  root comes before /proc and /sys: "", but for
 * tests.
 */
uint64_t free_memory(const char *root);

#endif
