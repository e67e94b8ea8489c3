/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reason codes (enum xr_reason of include/xenresumable.h): the one table of
 * their names, which are the same in C, Python and JSON.
 */
#ifndef UTIL_REASON_H
#define UTIL_REASON_H

#include <stdbool.h>

#include <xenresumable.h>

/* "not-sound"; "system" for a number that the table does not know. */
const char *reason_name(enum xr_reason reason);

/* And back; NONE for a name that the table does not know. */
enum xr_reason reason_by_name(const char *name);

/*
 * What a positive errno value says where nobody said more.  in_input: a byte
 * of the input is to blame.
 */
enum xr_reason reason_by_code(int code, bool in_input);

/*
 * Is the answer no?  False: it is that something is wrong with the question,
 * or that nobody could find out.  Exit statuses 1 and 2 differ by it.
 */
bool reason_is_no(enum xr_reason reason);

#endif
