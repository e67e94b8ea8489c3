/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who reads what we write to standard output and standard error, and may have
 * stopped to: a terminal after Ctrl-S, a full pipe.  No guest that is
 * suspended must wait for that.
 *
 * Text goes out in pieces that fit where poll() says that there is room, so
 * that no write blocks.  fd is STDOUT_FILENO or STDERR_FILENO.
 */
#ifndef UTIL_OUTLET_H
#define UTIL_OUTLET_H

#include <stdbool.h>
#include <stddef.h>

enum { OUTLET_MS = 2000 }; /* how long a reader is waited for */

/* Is there room, now or in so many ms?  A file always has it. */
bool outlet_takes(int fd, int ms);

/*
 * Writes text.  A reader that is guarded is waited for no longer than
 * OUTLET_MS, once: what comes after that is left out, until the release.  Any
 * other one is waited for.
 */
void outlet_write(int fd, const char *text, size_t n);

/* Guarded, and has not read in time: nothing more is written. */
bool outlet_is_deaf(int fd);

/* From now on; in a child that is forked, too. */
void outlet_guard(int fd);

/*
 * No longer.  A text that was cut is completed, which may block.  Returns how
 * many texts were left out.
 */
size_t outlet_release(int fd);

/*
 * The same from within another's program, by threads: a reader that has not
 * read for OUTLET_MS gets nothing until there is room again.  One that is gone
 * is no SIGPIPE: that would end a toolstack in the middle of a save.
 */
void outlet_offer(int fd, const char *text, size_t n);

#endif
