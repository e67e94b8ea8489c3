/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "domain/environment.h"

#include <stdio.h>
#include <stdlib.h>

void environment_begin(struct environment *e)
{
    *e = (struct environment){ .count = 0 };
    environment_put(e, "PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    environment_put(e, "LANG", "C.UTF-8");
}

void environment_put(struct environment *e, const char *name,
                     const char *value)
{
    if (!value)
        return;
    if (e->count < ENVIRONMENT_MAX
        && asprintf(&e->variables[e->count], "%s=%s", name, value) >= 0) {
        e->count++;
        return;
    }
    e->variables[e->count] = NULL;
    e->failed = true;
}

void environment_put_number(struct environment *e, const char *name,
                            uint32_t value)
{
    char text[16];

    snprintf(text, sizeof(text), "%u", value);
    environment_put(e, name, text);
}

void environment_free(struct environment *e)
{
    while (e->count)
        free(e->variables[--e->count]);
}
