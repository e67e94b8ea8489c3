/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * JSON of foreign origin, read and written again: only what yajl accepts gets
 * into our own output, and no tree is built, so that deep nesting costs
 * nothing.
 */
#ifndef CLI_JSON_COPY_H
#define CLI_JSON_COPY_H

#include <stdbool.h>
#include <stddef.h>

#include <yajl/yajl_gen.h>

/*
 * Is the text one JSON value, nested no deeper than yajl generates?  Control
 * characters and NULs behind it are not part of it (xl writes its NUL).
 */
bool json_is_sound(const char *text, size_t n);

/* Adds a value that is sound. */
void json_copy(yajl_gen g, const char *text, size_t n);

#endif
