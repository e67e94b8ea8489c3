/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A text of which a few pieces are replaced.
 */
#ifndef LIB_CONFIG_SPLICE_H
#define LIB_CONFIG_SPLICE_H

#include <stddef.h>

#include "lib/config_places.h"
#include "util/buffer.h"

struct splice {
    size_t begin, end; /* of what is replaced; the same: something is added */
    char *text;
    size_t order;
};

struct splices {
    struct splice *items;
    size_t count;
};

/* Takes what was put into the buffer.  -ENOMEM, also if that had failed. */
int splices_add(struct splices *splices, size_t begin, size_t end,
                struct buffer *text);

/* Of several that are added at one place, the last one comes first.  The pieces
   do not overlap otherwise.  NULL without memory. */
char *splices_apply(struct splices *splices, const char *text, size_t n);

void splices_free(struct splices *splices);

#define CLEANUP_SPLICES __attribute__((cleanup(splices_free)))

/* A value as it stands in the place of another: in JSON with its quotes. */
void config_put_value(enum config_syntax syntax, const char *value,
                      struct buffer *out);

#endif
