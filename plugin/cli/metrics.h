/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The lines of the node exporter's textfile, as results of verbs make them.
 */
#ifndef CLI_METRICS_H
#define CLI_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "lib/values.h"
#include "util/buffer.h"

/* One result, by its keys; one of another verb is nothing. */
void metrics_take(const struct values *v);

/*
 * A line of the former textfile, when all results were taken: it stays if it
 * is of a guest's last good checkpoint, and nothing newer is known.
 */
void metrics_keep_line(const char *line);

/* All of it; nothing if nothing was taken. */
void metrics_put(struct buffer *out);

void metrics_free(void);

/* "ARRAY[i].KEY"; NULL if it is not there. */
const char *metrics_member(const struct values *v, const char *array,
                           size_t i, const char *key);

static inline bool metrics_word_is_true(const char *word)
{
    return word && !strcmp(word, "true");
}

#endif
