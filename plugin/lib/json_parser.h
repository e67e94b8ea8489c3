/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * yajl's parser in a process that may be short of memory: yajl itself takes
 * every allocation for granted, and crashes.
 */
#ifndef LIB_JSON_PARSER_H
#define LIB_JSON_PARSER_H

#include <stddef.h>

#include <yajl/yajl_parse.h>

/*
 * The whole text is one value.  0; -ENOMEM; or -EINVAL, for what is no JSON
 * or what a callback did not want: then *bad_out, if it is not NULL, is where.
 * The callbacks must not leave by longjmp.
 */
int json_parse(const yajl_callbacks *callbacks, void *data, const char *text,
               size_t n, size_t *bad_out);

/* The same.  *parser_out is set before the first callback, which may ask it for
   yajl_get_bytes_consumed(): where the token of the callback ends. */
int json_parse_with(const yajl_callbacks *callbacks, void *data,
                    yajl_handle *parser_out, const char *text, size_t n,
                    size_t *bad_out);

#endif
