/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * struct xr_result of the public API, as the command's last line becomes one.
 */
#ifndef LIB_CLIENT_RESULT_H
#define LIB_CLIENT_RESULT_H

#include <xenresumable.h>

#include "lib/values.h"

struct xr_result {
    struct values values;
    char *json;           /* which the values are of */
};

/* Of a line and its values, which are taken over.  NULL: out of memory. */
struct xr_result *result_new(struct values *values, const char *line,
                             size_t n);

/*
 * The first member of an array becomes the whole of it.  -EPROTO, and it is as
 * it was, if there is none, or one that is no object; -ENOMEM.
 */
int result_narrow(struct xr_result *result, const char *array,
                  struct xr_error *err);

#endif
