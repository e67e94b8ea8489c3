/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is wrong with an image: places and plain words.  However much is wrong,
 * only the first PROBLEMS_MAX are kept; the others are counted.
 */
#ifndef LIB_PROBLEMS_H
#define LIB_PROBLEMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PROBLEMS_MAX = 100 };

struct problem {
    uint64_t offset;
    char *what;       /* may quote hostile text; NULL if memory was short */
};

struct problems {
    struct problem *items;
    size_t count;     /* of items */
    uint64_t found;
    bool failed;      /* memory was short: one that was found is not kept */
};

__attribute__((format(printf, 3, 4)))
void problems_add(struct problems *p, uint64_t offset, const char *format,
                  ...);
void problems_free(struct problems *p);

#endif
