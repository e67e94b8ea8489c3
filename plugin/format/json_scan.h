/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Finds a few strings in a JSON text of foreign origin, without allocating
 * anything: what a program on a socket answered.  What is no JSON is not
 * complained of, but nothing is found in it.
 */
#ifndef FORMAT_JSON_SCAN_H
#define FORMAT_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where in the text; it points to the next character. */
struct json_scan {
    const char *at;
    const char *end;
};

static inline struct json_scan json_scan(const char *text, size_t n)
{
    return (struct json_scan){ .at = text, .end = text + n };
}

/*
 * An object stands here: goes to the value of its member.  False, and the
 * scan is as it was, if there is no such member.
 */
bool json_scan_member(struct json_scan *scan, const char *name);

/*
 * An array stands here: goes to its first value.  False, and the scan is as it
 * was, if it is none, or empty.
 */
bool json_scan_array(struct json_scan *scan);

/* Behind a value of an array: goes to the next one, if there is one. */
bool json_scan_next(struct json_scan *scan);

/* A value stands here: goes behind it.  False, and the scan is as it was, if
   none does, or one that is nested too deep. */
bool json_scan_value(struct json_scan *scan);

/*
 * A string stands here: goes behind it, and copies as much of it as there is
 * room for, with a NUL.  Of \u escapes only a "?" is left.
 */
bool json_scan_string(struct json_scan *scan, char *out, size_t room);

/* A whole number, not below 0, stands here: goes behind it. */
bool json_scan_number(struct json_scan *scan, uint64_t *out);

#endif
