/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * JSON on stdout, by yajl: one object per invocation.  Strings that are not
 * UTF-8 are escaped as \\xHH, so that the output always is.
 */
#ifndef CLI_JSON_H
#define CLI_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <yajl/yajl_gen.h>

/*
 * A beautifying generator that writes to stdout as it goes: an image may have
 * a million records, and yajl's own buffer would have to hold them all.  Free
 * with json_free.  Without memory: exits.
 */
yajl_gen json_new(void);

/* The same, on one line, whose newline is the caller's. */
yajl_gen json_new_line(void);

/* The same, kept in the generator: for yajl_gen_get_buf(). */
yajl_gen json_new_kept(void);

/* The same, to nowhere: to see whether something can be generated. */
yajl_gen json_new_trial(void);

void json_free(yajl_gen *g);

#define CLEANUP_JSON __attribute__((cleanup(json_free)))

/* Controls are left to JSON's own escapes, but for those above ASCII. */
yajl_gen_status json_string(yajl_gen g, const char *bytes, size_t n);
void json_key(yajl_gen g, const char *key);

/* "key": value; a NULL text becomes null. */
void json_text(yajl_gen g, const char *key, const char *text);
void json_number(yajl_gen g, const char *key, uint64_t value);
void json_bool(yajl_gen g, const char *key, bool value);
void json_null(yajl_gen g, const char *key);

#endif
