/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Text of XML: "&amp;" is "&".
 */
#ifndef LIB_XML_TEXT_H
#define LIB_XML_TEXT_H

#include <stddef.h>

#include "util/buffer.h"

/* Appends what the text means.  A reference that XML itself does not define
   stays as it is. */
void xml_put_decoded(struct buffer *out, const char *text, size_t n);

/* Appends a text so that it can stand anywhere, also between quotes of either
   kind. */
void xml_put_escaped(struct buffer *out, const char *text);

#endif
