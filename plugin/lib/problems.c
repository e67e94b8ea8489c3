/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "lib/problems.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void problems_add(struct problems *p, uint64_t offset, const char *format,
                  ...)
{
    char text[240];
    va_list ap;

    p->found++;
    if (p->count == PROBLEMS_MAX)
        return;
    if (!p->items)
        p->items = calloc(PROBLEMS_MAX, sizeof(*p->items));
    if (!p->items) {
        p->failed = true;
        return;
    }
    va_start(ap, format);
    vsnprintf(text, sizeof(text), format, ap);
    va_end(ap);
    p->items[p->count++] = (struct problem){
        .offset = offset,
        .what = strdup(text),
    };
    if (!p->items[p->count - 1].what)
        p->failed = true;
}

void problems_free(struct problems *p)
{
    int saved = errno;
    size_t i;

    for (i = 0; i < p->count; i++)
        free(p->items[i].what);
    free(p->items);
    *p = (struct problems){ 0 };
    errno = saved;
}
