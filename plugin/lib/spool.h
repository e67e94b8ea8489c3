/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A pipe is emptied by a thread of its own, so that whoever writes there waits
 * for nobody who reads: neither for his disk nor for his digests.  How much may
 * lie here depends: a little as a rule, much while a guest stands still.  Then
 * the reader waits, too, and leaves the processors to those for whom the guest
 * waits.
 */
#ifndef LIB_SPOOL_H
#define LIB_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "util/error.h"

struct spool;

/*
 * From now on fd is read, which is borrowed until spool_free(): up to ahead
 * bytes of memory before anybody wants them, up to held_max while it is held.
 * The former are taken at once; if the host has less than the latter, it is
 * full sooner, and loses nothing.
 */
int spool_new(int fd, size_t ahead, size_t held_max, struct spool **out,
              struct xr_error *err);

/*
 * Held or not.  While it is held spool_read() does not return, unless there is
 * no room for more.
 */
void spool_hold(struct spool *spool, bool held);

/* So many bytes have come until now, whoever has read them. */
uint64_t spool_taken(struct spool *spool);

/* What lies here is thrown away, and what comes, up to the end of the pipe. */
void spool_drain(struct spool *spool);

/*
 * What lies here is thrown away, and nothing more is taken: who reads gets
 * -ECANCELED, held or not, and who writes waits until spool_free().
 */
void spool_stop(struct spool *spool);

/* As read(2) of the pipe, but what is wrong comes as -errno. */
ssize_t spool_read(struct spool *spool, void *out, size_t n);

/* Before the end of the pipe, too: who writes there has an EPIPE by and by. */
void spool_free(struct spool **spool);

#endif
