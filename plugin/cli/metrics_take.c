/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What verbs have answered, as lines.  A result that has nothing but a failure
 * says nothing of what there is; of "verify" it says that an image is not good.
 */
#include "config.h"

#include "cli/metrics.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "lib/image_summary.h"
#include "util/number.h"

static const char *const verb_words[METRICS_VERBS] = {
    [METRICS_CHECK] = "check",
    [METRICS_CHECKPOINT] = "checkpoint",
    [METRICS_LIST] = "list",
    [METRICS_PRUNE] = "prune",
    [METRICS_VERIFY] = "verify",
};

enum metrics_verb metrics_verb_of_word(const char *word, size_t n)
{
    size_t i;

    for (i = 0; i < METRICS_VERBS; i++)
        if (strlen(verb_words[i]) == n && !memcmp(verb_words[i], word, n))
            break;
    return (enum metrics_verb)i;
}

static bool has_key(const struct values *v, const char *path)
{
    return values_find(v, path) != 0;
}

enum metrics_verb metrics_verb_of_keys(const struct values *v)
{
    if (has_key(v, "domains[0].target"))
        return METRICS_CHECK;
    if (has_key(v, "dir") && has_key(v, "domains"))
        return METRICS_CHECKPOINT;
    if (has_key(v, "removed"))
        return METRICS_PRUNE;
    if (has_key(v, "seal") || has_key(v, "images[0].ok"))
        return METRICS_VERIFY;
    return has_key(v, "dir") && has_key(v, "images") ? METRICS_LIST
                                                     : METRICS_VERBS;
}

static void member_path(char path[128], const char *array, size_t i,
                        const char *key)
{
    snprintf(path, 128, "%s[%zu].%s", array, i, key);
}

/* A guest may be called "null". */
const char *metrics_member(const struct values *v, const char *array,
                           size_t i, const char *key)
{
    char path[128];
    uint32_t node;

    member_path(path, array, i, key);
    node = values_find(v, path);
    return node && v->nodes[node].type != VALUE_NULL ? value_of(v, node)
                                                     : NULL;
}

static bool member_number(const struct values *v, const char *array, size_t i,
                          const char *key, uint64_t *out)
{
    char path[128];

    member_path(path, array, i, key);
    return values_get_number(v, path, out);
}

static void take_check(const struct values *v)
{
    const char *target, *answer, *source;
    size_t i;

    for (i = 0; (target = metrics_member(v, "domains", i, "target")); i++) {
        answer = metrics_member(v, "domains", i, "resumable");
        source = metrics_member(v, "domains", i, "source");
        metric_put_source(METRIC_DOMAIN, target, source ? source : "",
                          answer && !strcmp(answer, "yes") ? 1
                          : answer && !strcmp(answer, "no") ? 0 : -1);
    }
}

/* Of its memory alone a guest cannot be brought back. */
static void take_disks(const struct values *v, size_t i, const char *name)
{
    unsigned int count = 0;
    const char *kept;
    char key[32];
    size_t k;

    for (k = 0;; k++) {
        snprintf(key, sizeof(key), "disks[%zu].kept", k);
        kept = metrics_member(v, "domains", i, key);
        if (!kept)
            break;
        count += !metrics_word_is_true(kept);
    }
    metric_put(METRIC_UNKEPT, name, "%u", count);
}

static void take_checkpoints(const struct values *v)
{
    const char *name;
    uint64_t number;
    size_t i;

    metric_put(METRIC_SERIES, NULL, "%lld", (long long)time(NULL));
    for (i = 0; (name = metrics_member(v, "domains", i, "domain")); i++) {
        bool ok = metrics_word_is_true(metrics_member(v, "domains", i, "ok"));

        metric_put(METRIC_SUCCESS, name, "%d", ok);
        if (!ok)
            continue;
        if (member_number(v, "domains", i, "total_ms", &number))
            metric_put(METRIC_DURATION, name, "%.3f", (double)number / 1e3);
        if (member_number(v, "domains", i, "freeze_us", &number))
            metric_put(METRIC_FREEZE, name, "%.6f", (double)number / 1e6);
        if (member_number(v, "domains", i, "bytes_written", &number))
            metric_put(METRIC_WRITTEN, name, "%" PRIu64, number);
        take_disks(v, i, name);
    }
}

/* The image of a checkpoint; of the only one that was verified nobody else says
   which it is. */
static bool is_checkpointed(const struct metrics_results *results,
                            const char *file)
{
    const char *image;
    size_t i, k;

    for (i = 0; i < results->count; i++) {
        const struct values *v = &results->items[i].values;

        if (results->items[i].verb != METRICS_CHECKPOINT)
            continue;
        for (k = 0; metrics_member(v, "domains", k, "domain"); k++) {
            image = metrics_member(v, "domains", k, "image");
            if (image && !strcmp(image, file))
                return metrics_word_is_true(metrics_member(v, "domains", k,
                                                           "ok"));
        }
    }
    return false;
}

/* What "verify" has said of a file: true or false, or NULL if nothing. */
static const char *verified_word(const struct metrics_results *results,
                                 const char *file)
{
    const char *image;
    size_t i, k;

    for (i = 0; i < results->count; i++) {
        const struct values *v = &results->items[i].values;

        if (results->items[i].verb != METRICS_VERIFY)
            continue;
        if (!has_key(v, "images[0].ok") && is_checkpointed(results, file))
            return values_get(v, "ok");
        for (k = 0; (image = metrics_member(v, "images", k, "image")); k++)
            if (!strcmp(image, file))
                return metrics_member(v, "images", k, "ok");
    }
    return NULL;
}

/* Two images of one second are named after two, and clocks are set. */
enum { SLACK_S = 3600 };

/* After a night with a wrong clock an age of less than 0 would silence the alert. */
static bool is_past(time_t when)
{
    return when <= time(NULL) + SLACK_S;
}

/*
 * Is it good?  One that nobody has verified now was found to be so before if it
 * is no newer than the last good one of then.
 */
static bool is_good(const struct metrics_results *results, const char *file,
                    const char *guest, time_t when)
{
    const char *word = verified_word(results, file);
    const char *former = metrics_former_value(METRIC_LAST, guest);
    uint64_t last;

    if (word)
        return metrics_word_is_true(word);
    return results->unverified || !former || !number_parse(former, &last)
           || when <= (time_t)last || !is_past((time_t)last);
}

struct guest_totals {
    uint64_t images, bytes;
    uint64_t last_bytes;
    time_t last;             /* of the newest good one; 0: none */
};

static void add_image(const struct metrics_results *results,
                      const struct values *v, size_t i, const char *guest,
                      struct guest_totals *out)
{
    const char *when = metrics_member(v, "images", i, "saved_at");
    uint64_t bytes = 0;
    time_t time;

    (void)member_number(v, "images", i, "bytes_occupied", &bytes);
    out->images++;
    out->bytes += bytes;
    if (!when || !image_time_parse(when, &time) || !is_past(time)
        || !is_good(results, metrics_member(v, "images", i, "file"), guest,
                    time))
        return;
    out->last = time;
    out->last_bytes = bytes;
}

/* They come by guest, the oldest first. */
static size_t take_guest_images(const struct metrics_results *results,
                                const struct values *v, size_t i,
                                const char *name)
{
    struct guest_totals all = { .images = 0 };
    const char *next = name;

    for (; next && !strcmp(next, name);
         next = metrics_member(v, "images", ++i, "name"))
        if (metrics_member(v, "images", i, "container"))
            add_image(results, v, i, name, &all);
    metric_put(METRIC_IMAGES, name, "%" PRIu64, all.images);
    metric_put(METRIC_BYTES, name, "%" PRIu64, all.bytes);
    metric_put(METRIC_LAST, name, "%lld", (long long)all.last);
    metric_put(METRIC_LAST_BYTES, name, "%" PRIu64, all.last_bytes);
    return i;
}

/* Of images that say no name nobody knows whose they are. */
static void take_images(const struct metrics_results *results,
                        const struct values *v)
{
    unsigned int unreadable = 0;
    size_t i;

    for (i = 0; metrics_member(v, "images", i, "file"); i++)
        unreadable += !metrics_member(v, "images", i, "container");
    metric_put(METRIC_UNREADABLE, NULL, "%u", unreadable);
    for (i = 0; metrics_member(v, "images", i, "file");) {
        const char *name = metrics_member(v, "images", i, "name");

        if (name && metrics_member(v, "images", i, "container"))
            i = take_guest_images(results, v, i, name);
        else
            i++;
    }
}

/* Of one image the object is that image's, or a failure. */
static void take_verify(const struct values *v)
{
    unsigned int unsound = 0;
    const char *ok;
    size_t i = 0;

    for (; (ok = metrics_member(v, "images", i, "ok")); i++)
        unsound += !metrics_word_is_true(ok);
    if (!i)
        unsound = !metrics_word_is_true(values_get(v, "ok"));
    metric_put(METRIC_UNSOUND, NULL, "%u", unsound);
}

static void take_prune(const struct values *v)
{
    uint64_t number;

    if (values_get_number(v, "removed", &number))
        metric_put(METRIC_REMOVED, NULL, "%" PRIu64, number);
}

/* A failure that is all there is leaves what is known as it was. */
static void take_result(const struct metrics_results *results,
                        const struct metrics_result *result)
{
    const struct values *v = &result->values;

    if (result->verb == METRICS_VERBS
        || (result->verb != METRICS_VERIFY
            && metrics_verb_of_keys(v) != result->verb))
        return;
    metrics_verb_taken(result->verb);
    switch (result->verb) {
    case METRICS_CHECK:
        take_check(v);
        break;
    case METRICS_CHECKPOINT:
        take_checkpoints(v);
        break;
    case METRICS_LIST:
        take_images(results, v);
        break;
    case METRICS_PRUNE:
        take_prune(v);
        break;
    default:
        take_verify(v);
        break;
    }
}

void metrics_take(const struct metrics_results *results)
{
    bool failed = false;
    size_t i;

    for (i = 0; i < results->count; i++) {
        take_result(results, &results->items[i]);
        failed = failed || results->items[i].verb == METRICS_CHECKPOINT;
    }
    metrics_former_keep(failed && !metrics_verb_is_taken(METRICS_CHECKPOINT));
}
