/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The environment that an administrator's program is given: these variables and
 * no other, nothing of the toolstack's own.
 */
#ifndef DOMAIN_ENVIRONMENT_H
#define DOMAIN_ENVIRONMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ENVIRONMENT_MAX = 16 };

struct environment {
    char *variables[ENVIRONMENT_MAX + 1]; /* NAME=value, up to a NULL */
    size_t count;
    bool failed;                          /* no memory, or no room */
};

/* PATH and LANG. */
void environment_begin(struct environment *e);

/* A NULL is not set. */
void environment_put(struct environment *e, const char *name,
                     const char *value);
void environment_put_number(struct environment *e, const char *name,
                            uint32_t value);

void environment_free(struct environment *e);

#define CLEANUP_ENVIRONMENT __attribute__((cleanup(environment_free)))

#endif
