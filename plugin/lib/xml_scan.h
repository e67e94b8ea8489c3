/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * XML taken apart, with the place of each piece: for who changes a few words
 * of a text and leaves the rest of it as it is.  What two readers might
 * understand differently is no XML here: tags that do not match, an attribute
 * twice, a document type with entities of its own.
 */
#ifndef LIB_XML_SCAN_H
#define LIB_XML_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "util/error.h"

enum { XML_DEPTH_MAX = 64, XML_ATTRIBUTES_MAX = 64 };

/* Bytes of the text, from begin up to end. */
struct xml_span {
    size_t begin, end;
};

struct xml_attribute {
    struct xml_span name;
    struct xml_span value; /* without its quotes */
};

enum xml_kind {
    XML_OPEN,  /* <name ...>, or <name .../> */
    XML_CLOSE, /* </name>, or the end of <name .../>: the same place again */
    XML_TEXT,  /* never empty */
    XML_END,
};

struct xml_token {
    enum xml_kind kind;
    struct xml_span span;      /* of all of it */
    struct xml_span name;      /* of a tag */
    bool closed;               /* <name .../> */
    bool is_cdata;
    size_t attribute_count;
    struct xml_attribute attributes[XML_ATTRIBUTES_MAX];
};

struct xml_scan {
    const char *text;
    size_t length;
    size_t at;
    struct xml_span open[XML_DEPTH_MAX]; /* the names of elements */
    size_t depth;
    bool closing; /* the last token was <name .../> */
    bool rooted;  /* the outermost element was there */
};

/* The text is borrowed while it is scanned. */
void xml_scan_begin(struct xml_scan *scan, const char *text, size_t n);

/*
 * The next token.  -EINVAL with the offset of what is no XML; -E2BIG for what
 * is nested too deep, or has too many attributes.
 */
int xml_scan_next(struct xml_scan *scan, struct xml_token *out,
                  struct xr_error *err);

bool xml_span_is(const struct xml_scan *scan, const struct xml_span *span,
                 const char *word);

/* NULL if the tag has none of that name. */
const struct xml_attribute *xml_token_attribute(const struct xml_scan *scan,
                                                const struct xml_token *token,
                                                const char *name);

#endif
