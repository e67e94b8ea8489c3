/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * struct xr_options of the public API.
 */
#ifndef LIB_CLIENT_OPTIONS_H
#define LIB_CLIENT_OPTIONS_H

#include <stddef.h>

#include <xenresumable.h>

struct xr_options {
    char *command;  /* the path of one, or NULL */
    char **words;   /* "--keep=3" */
    size_t count;
};

/* NULL are options of which none is set. */
size_t options_count(const struct xr_options *options);

/* Another command's path, or NULL. */
const char *options_command(const struct xr_options *options);

/* -EINVAL where one of names, of which the last is NULL, is set. */
int options_refuse(const struct xr_options *options,
                   const char *const *names, struct xr_error *err);

#endif
