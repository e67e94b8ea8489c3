/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * xen-resumable-metrics: what the command's verbs answer in JSON, as a
 * textfile of Prometheus' node exporter.
 *
 * Its inputs are results of "checkpoint" of a series, "list", "prune",
 * "verify" and "check --all".  What none of them says is as the former file has
 * it: how long a guest's last good checkpoint took and stood still is in no image,
 * and where a step has failed, its metrics must not go, for no alert would come.
 */
#include "config.h"

#include "cli/metrics.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/flatten.h"
#include "util/buffer.h"
#include "util/cleanup.h"
#include "util/number.h"
#include "util/shell_word.h"

enum { INPUT_MAX = 64 << 20, INPUTS_MAX = 16, STATUS_MAX = 255 };

struct reading {
    struct metrics_result items[INPUTS_MAX];
    struct metrics_results results;
    const char *output;  /* NULL: standard output */
    bool images;
    bool has_status;
    uint64_t status;     /* of the run */
};

static int metrics_fail(const char *what, const char *why)
{
    fprintf(stderr, "xen-resumable-metrics: %s: %s\n", what, why);
    return 2;
}

static int read_former(const char *path)
{
    CLEANUP_BUFFER struct buffer text = { 0 };
    struct xr_error err;
    int r = metrics_file_read(path, &text, &err);

    if (r)
        return metrics_fail(path, err.message);
    if (text.data)
        metrics_former_read(text.data);
    return 0;
}

/* "VERB=" before the path says of which verb it is. */
static const char *take_verb(const char *word, enum metrics_verb *out)
{
    const char *end = strchr(word, '=');

    *out = end ? metrics_verb_of_word(word, (size_t)(end - word))
               : METRICS_VERBS;
    return *out == METRICS_VERBS ? word : end + 1;
}

static int read_result(const char *word, struct metrics_result *out)
{
    const char *path = take_verb(word, &out->verb);
    CLEANUP_BUFFER struct buffer text = { 0 };
    FILE *file = strcmp(path, "-") ? fopen(path, "re") : stdin;
    char chunk[65536];
    struct xr_error err;
    size_t n;
    bool failed;

    if (!file)
        return metrics_fail(path, strerror(errno));
    while (text.length < INPUT_MAX
           && (n = fread(chunk, 1, sizeof(chunk), file)) > 0)
        buffer_append(&text, chunk, n);
    failed = ferror(file);
    if (file != stdin)
        fclose(file);
    if (failed || buffer_failed(&text))
        return metrics_fail(path, "it cannot be read");
    if (flatten_json(text.data ? text.data : "", text.length, &out->values,
                     &err))
        return metrics_fail(path, err.message);
    if (out->verb == METRICS_VERBS)
        out->verb = metrics_verb_of_keys(&out->values);
    return 0;
}

static int put_out(const struct reading *r)
{
    CLEANUP_BUFFER struct buffer text = { 0 };
    struct xr_error err;

    metrics_put(&text);
    if (!text.data && !buffer_failed(&text))
        return metrics_fail("nothing", "no result of a verb is given");
    if (buffer_failed(&text))
        return metrics_fail("metrics", "out of memory");
    if (r->output)
        return metrics_file_replace(r->output, &text, &err)
               ? metrics_fail(r->output, err.message) : 0;
    return fwrite(text.data, 1, text.length, stdout) != text.length
           || fflush(stdout)
           ? metrics_fail("standard output", strerror(errno)) : 0;
}

static int write_metrics(const struct reading *r)
{
    int status = r->output ? read_former(r->output) : 0;

    if (status)
        return status;
    if (r->has_status) {
        metric_put(METRIC_RUN_STATUS, NULL, "%u", (unsigned int)r->status);
        metric_put(METRIC_RUN_TIME, NULL, "%lld", (long long)time(NULL));
    }
    metrics_take(&r->results);
    return put_out(r);
}

/* Paths of the images that a series has made, as words for a shell. */
static int print_images(const struct reading *r)
{
    CLEANUP_BUFFER struct buffer words = { 0 };
    const char *path, *ok;
    size_t i, j;

    for (i = 0; i < r->results.count; i++) {
        const struct values *v = &r->items[i].values;

        for (j = 0; (ok = metrics_member(v, "domains", j, "ok")); j++) {
            path = metrics_member(v, "domains", j, "image");
            if (!path || !metrics_word_is_true(ok))
                continue;
            buffer_put_shell_word(&words, path);
            buffer_puts(&words, "\n");
        }
    }
    if (buffer_failed(&words))
        return metrics_fail("images", "out of memory");
    if (words.length)
        fwrite(words.data, 1, words.length, stdout);
    return fflush(stdout) ? metrics_fail("standard output", strerror(errno))
                          : 0;
}

static int usage(void)
{
    fprintf(stderr, "Usage: xen-resumable-metrics [--output=FILE] "
            "[--status=N] [--unverified]\n"
            "                             [VERB=]RESULT...\n"
            "       xen-resumable-metrics --images RESULT\n");
    return 2;
}

/* False: nobody knows it. */
static bool take_option(struct reading *r, const char *word)
{
    if (!strncmp(word, "--output=", 9) && word[9])
        r->output = word + 9;
    else if (!strncmp(word, "--status=", 9))
        r->has_status = number_parse(word + 9, &r->status)
                        && r->status <= STATUS_MAX;
    else if (!strcmp(word, "--unverified"))
        r->results.unverified = true;
    else if (!strcmp(word, "--images"))
        r->images = true;
    else
        return false;
    return strncmp(word, "--status=", 9) || r->has_status;
}

int main(int argc, char **argv)
{
    static struct reading r;
    int i, status = 0;
    size_t j;

    r.results.items = r.items;
    for (i = 1; i < argc && argv[i][0] == '-' && argv[i][1]; i++)
        if (!take_option(&r, argv[i])) {
            metrics_fail(argv[i], "unknown option, or a wrong value");
            return usage();
        }
    if ((i == argc && !r.has_status) || argc - i > INPUTS_MAX)
        return usage();
    for (; i < argc && !status; i++)
        status = read_result(argv[i], &r.items[r.results.count++]);
    if (!status)
        status = r.images ? print_images(&r) : write_metrics(&r);
    for (j = 0; j < r.results.count; j++)
        values_free(&r.items[j].values);
    metrics_former_free();
    metrics_free();
    return status;
}
