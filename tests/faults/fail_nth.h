/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Lets the Nth call of a kind fail, as if the world had: everything that the
 * process calls after fail_arm counts, that of the libraries too.
 *
 *   memory   malloc and its kin           ENOMEM
 *   read     read, pread, recv, splice    EIO
 *   write    write, pwrite                ENOSPC
 *   call     open, lseek, fstat, fsync, mmap, pipe2, fork ... EIO
 *   short    no failure: the Nth read or write moves one byte only
 */
#ifndef TESTS_FAULTS_FAIL_NTH_H
#define TESTS_FAULTS_FAIL_NTH_H

#include <stdbool.h>
#include <stddef.h>

/* nth counts from 1.  False: no such kind. */
bool fail_arm(const char *kind, long nth);

/* Did it come to the Nth call? */
bool fail_disarm(void);

/* Is a call of this kind to fail now?  For calls that are not listed above. */
bool fail_is_due(const char *kind);

/* After the failure, if set: says so, with no call that could fail. */
extern void (*fail_tell)(const void *caller);

#endif
