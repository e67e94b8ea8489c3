/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * xen-resumable-metrics, in parts: metrics_take.c makes lines of what verbs
 * have answered, metrics_former.c of what stood in the file before,
 * metrics_lines.c keeps and prints them, metrics_file.c replaces the file.
 */
#ifndef CLI_METRICS_H
#define CLI_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "lib/values.h"
#include "util/buffer.h"
#include "util/error.h"

enum metrics_verb {
    METRICS_CHECK,
    METRICS_CHECKPOINT,
    METRICS_LIST,
    METRICS_PRUNE,
    METRICS_VERIFY,
    METRICS_VERBS,     /* of none of them, or nobody has said of which */
};

/* A result of a verb. */
struct metrics_result {
    enum metrics_verb verb;
    struct values values;
};

struct metrics_results {
    struct metrics_result *items;
    size_t count;
    bool unverified;   /* nobody verifies images: all count as good */
};

/* "verify" and so on; METRICS_VERBS: it is none. */
enum metrics_verb metrics_verb_of_word(const char *word, size_t n);

/* What it is a result of, by its keys; METRICS_VERBS: they do not say it. */
enum metrics_verb metrics_verb_of_keys(const struct values *v);

/* Lines of all results; the former file's must have been read. */
void metrics_take(const struct metrics_results *results);

/* "ARRAY[i].KEY"; NULL if it is not there, or null. */
const char *metrics_member(const struct values *v, const char *array,
                           size_t i, const char *key);

static inline bool metrics_word_is_true(const char *word)
{
    return word && !strcmp(word, "true");
}

enum metric_index {
    METRIC_DOMAIN,
    METRIC_RUN_STATUS,
    METRIC_RUN_TIME,
    METRIC_SERIES,
    METRIC_SUCCESS,
    METRIC_DURATION,
    METRIC_FREEZE,
    METRIC_WRITTEN,
    METRIC_UNKEPT,
    METRIC_IMAGES,
    METRIC_LAST,
    METRIC_LAST_BYTES,
    METRIC_BYTES,
    METRIC_UNREADABLE,
    METRIC_REMOVED,
    METRIC_UNSOUND,
    METRICS,
};

/*
 * A line; the first one of a metric and domain counts.  domain: NULL of the
 * host.
 */
__attribute__((format(printf, 3, 4)))
void metric_put(enum metric_index which, const char *domain,
                const char *format, ...);

/* The same with a label more, beside others of that domain. */
void metric_put_source(enum metric_index which, const char *domain,
                       const char *source, int value);

bool metric_has(enum metric_index which, const char *domain);
const char *metric_name(enum metric_index which);

/* From here on the verb's metrics are as its results have them. */
void metrics_verb_taken(enum metrics_verb verb);
bool metrics_verb_is_taken(enum metrics_verb verb);

/* Is a former line to stay?  When all results were taken. */
bool metric_stays(enum metric_index which, const char *domain);

/* All of it; nothing if there is no line. */
void metrics_put(struct buffer *out);
void metrics_free(void);

/* Lines of a former file; others are nothing.  Changes the text. */
void metrics_former_read(char *text);
void metrics_former_free(void);

/* Its value there, as a text; NULL: there was none. */
const char *metrics_former_value(enum metric_index which, const char *domain);

/*
 * Lines that stay; and, of a series that has failed as a whole, that it has.
 */
void metrics_former_keep(bool series_failed);

/*
 * Appends the file that is to be replaced; nothing where there is none.
 * -EINVAL: it is no regular file, and nothing is to be done to it.
 */
int metrics_file_read(const char *path, struct buffer *out,
                      struct xr_error *err);

/* In one step; what a former one has left behind when it was killed goes. */
int metrics_file_replace(const char *path, const struct buffer *text,
                         struct xr_error *err);

#endif
