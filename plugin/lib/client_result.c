/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "lib/client_result.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "format/json_scan.h"
#include "lib/flatten.h"
#include "util/error.h"
#include "util/number.h"

struct xr_result *result_new(struct values *values, const char *line,
                             size_t n)
{
    struct xr_result *result = calloc(1, sizeof(*result));

    if (!result)
        return NULL;
    result->json = strndup(line, n);
    if (!result->json) {
        free(result);
        return NULL;
    }
    result->values = *values;
    *values = (struct values){ .separator = values->separator };
    return result;
}

/* Where the first member of an array stands, which is an object. */
static bool find_first(const char *json, const char *array,
                       const char **from_out, size_t *n_out)
{
    struct json_scan s = json_scan(json, strlen(json));

    if (!json_scan_member(&s, array) || !json_scan_array(&s)
        || *s.at != '{')
        return false;
    *from_out = s.at;
    if (!json_scan_value(&s))
        return false;
    *n_out = (size_t)(s.at - *from_out);
    return true;
}

/* It is read anew, so that values and JSON are of the same bytes. */
int result_narrow(struct xr_result *result, const char *array,
                  struct xr_error *err)
{
    CLEANUP_VALUES struct values values = { 0 };
    const char *from;
    char *json;
    size_t n;
    int r;

    if (!find_first(result->json, array, &from, &n))
        return error_because(err, XR_REASON_SYSTEM, EPROTO, "the command's "
                             "result has no %s", array);
    r = flatten_json_strictly(from, n, &values, NULL);
    json = r ? NULL : strndup(from, n);
    if (!json)
        return r && r != -ENOMEM
               ? error_because(err, XR_REASON_SYSTEM, EPROTO, "the command's "
                               "result cannot be read")
               : error_set(err, ENOMEM, "out of memory");
    free(result->json);
    values_free(&result->values);
    result->json = json;
    result->values = values;
    values = (struct values){ 0 };
    return 0;
}

const char *xr_result_json(const struct xr_result *result)
{
    return result ? result->json : NULL;
}

/* The key's node, if it has a value that is not null; else NULL. */
static const struct value_node *result_find(const struct xr_result *result,
                                            const char *key)
{
    const struct value_node *node;

    if (!result || !key)
        return NULL;
    if (!result->values.count)
        return NULL;
    node = &result->values.nodes[values_find(&result->values, key)];
    return node->has_value && node->type != VALUE_NULL ? node : NULL;
}

static const char *result_bytes(const struct xr_result *result,
                                const struct value_node *node)
{
    return result->values.bytes.data + node->value;
}

const char *xr_result_text(const struct xr_result *result, const char *key)
{
    const struct value_node *node = result_find(result, key);

    return node && node->type == VALUE_TEXT ? result_bytes(result, node)
                                            : NULL;
}

int xr_result_number(const struct xr_result *result, const char *key,
                     uint64_t *out)
{
    const struct value_node *node = result_find(result, key);

    if (!node)
        return -ENOENT;
    return out && node->type == VALUE_NUMBER
           && number_parse(result_bytes(result, node), out) ? 0 : -EINVAL;
}

int xr_result_bool(const struct xr_result *result, const char *key,
                   bool *out)
{
    const struct value_node *node = result_find(result, key);

    if (!node)
        return -ENOENT;
    if (!out || node->type != VALUE_BOOLEAN)
        return -EINVAL;
    *out = !strcmp(result_bytes(result, node), "true");
    return 0;
}

void xr_result_free(struct xr_result *result)
{
    int saved = errno;

    if (result) {
        values_free(&result->values);
        free(result->json);
    }
    free(result);
    errno = saved;
}
