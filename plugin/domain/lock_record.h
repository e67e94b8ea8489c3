/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The content of a lock's file: lines of text, padded to a fixed length, so
 * that it is written over the former one in one go.
 *
 *   xen-resumable lock 1
 *   program=xl
 *   pid=123
 *   started=45678
 *   since=1790000000
 *   intent=save
 *   state=suspended
 *   domid=5
 *   end
 */
#ifndef DOMAIN_LOCK_RECORD_H
#define DOMAIN_LOCK_RECORD_H

#include "domain/lock.h"

enum { LOCK_RECORD_SIZE = 512 };

void lock_record_encode(const struct lock_record *record,
                        char out[LOCK_RECORD_SIZE]);

/* False, and *out all zero, if the bytes are no such record. */
bool lock_record_decode(const char *bytes, size_t n, struct lock_record *out);

/* "xl save (pid 123, since 2026-11-28 20:41:07)" */
void lock_record_describe(const struct lock_record *record,
                          char text[LOCK_TEXT_ROOM]);

#endif
