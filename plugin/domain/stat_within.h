/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * stat(2) of what may be on a server that is dead, where it would wait for
 * ever: no save may hang for a disk that the guest does not even use.  A child
 * does it.
 */
#ifndef DOMAIN_STAT_WITHIN_H
#define DOMAIN_STAT_WITHIN_H

#include <sys/stat.h>

/* 0 or a negative errno; -ETIMEDOUT: there was no answer for so many ms. */
int stat_within(const char *path, unsigned int ms, struct stat *out);

#endif
