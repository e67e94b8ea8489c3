/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * xen-resumable-metrics: what the command's verbs answer in JSON, as a
 * textfile of Prometheus' node exporter.
 *
 * Its inputs are results of "checkpoint" of a series, "list", "prune",
 * "verify" and "check --all", each known by its keys.  How long a guest's last
 * good checkpoint took and stood still is in no image: of guests whose
 * checkpoint has failed, or was not taken this time, the former file's lines
 * are kept.
 */
#include "config.h"

#include "cli/metrics.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/flatten.h"
#include "util/buffer.h"
#include "util/cleanup.h"

enum { INPUT_MAX = 64 << 20, INPUTS_MAX = 16 };

struct reading {
    struct values values[INPUTS_MAX];
    size_t count;
    const char *output;  /* NULL: standard output */
};

static int metrics_fail(const char *what, const char *why)
{
    fprintf(stderr, "xen-resumable-metrics: %s: %s\n", what, why);
    return 2;
}

static void keep_former(const struct reading *r)
{
    CLEANUP_FREE char *line = NULL;
    size_t room = 0;
    ssize_t n;
    FILE *file = r->output ? fopen(r->output, "re") : NULL;

    while (file && (n = getline(&line, &room, file)) > 0) {
        line[strcspn(line, "\n")] = '\0';
        metrics_keep_line(line);
    }
    if (file)
        fclose(file);
}

static int read_result(const char *path, struct values *out)
{
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
    if (flatten_json(text.data ? text.data : "", text.length, out, &err))
        return metrics_fail(path, err.message);
    return 0;
}

/* The exporter may read it at any time, and as another user. */
static int replace_output(const char *path, const struct buffer *text)
{
    CLEANUP_FREE char *temporary = NULL;
    FILE *file;
    bool written;
    int fd;

    if (asprintf(&temporary, "%s.XXXXXX", path) < 0) {
        temporary = NULL;
        return metrics_fail(path, "out of memory");
    }
    fd = mkstemp(temporary);
    file = fd < 0 ? NULL : fdopen(fd, "w");
    if (!file)
        return metrics_fail(path, strerror(errno));
    written = fwrite(text->data, 1, text->length, file) == text->length;
    written = !fchmod(fd, 0644) && written;
    written = !fclose(file) && written;
    if (written && !rename(temporary, path))
        return 0;
    unlink(temporary);
    return metrics_fail(path, "it cannot be written");
}

static int write_metrics(const struct reading *r)
{
    CLEANUP_BUFFER struct buffer text = { 0 };

    metrics_put(&text);
    if (!text.data && !buffer_failed(&text))
        return metrics_fail("nothing", "no result of a verb is given");
    if (buffer_failed(&text))
        return metrics_fail("metrics", "out of memory");
    if (r->output)
        return replace_output(r->output, &text);
    return fwrite(text.data, 1, text.length, stdout) != text.length
           || fflush(stdout)
           ? metrics_fail("standard output", strerror(errno)) : 0;
}

/* Paths of the images that a series has made, for xargs -0. */
static int print_images(const struct reading *r)
{
    const char *path, *ok;
    size_t i, j;

    for (i = 0; i < r->count; i++)
        for (j = 0; (ok = metrics_member(&r->values[i], "domains", j, "ok"));
             j++) {
            path = metrics_member(&r->values[i], "domains", j, "image");
            if (path && metrics_word_is_true(ok))
                fwrite(path, 1, strlen(path) + 1, stdout);
        }
    return fflush(stdout) ? metrics_fail("standard output", strerror(errno))
                          : 0;
}

static int usage(void)
{
    fprintf(stderr, "Usage: xen-resumable-metrics [--output=FILE] RESULT...\n"
            "       xen-resumable-metrics --images RESULT\n");
    return 2;
}

int main(int argc, char **argv)
{
    static struct reading r;
    bool images = false;
    int i, status = 0;
    size_t j;

    for (i = 1; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
        if (!strncmp(argv[i], "--output=", 9) && argv[i][9])
            r.output = argv[i] + 9;
        else if (!strcmp(argv[i], "--images"))
            images = true;
        else
            return usage();
    }
    if (i == argc || argc - i > INPUTS_MAX)
        return usage();
    for (; i < argc && !status; i++)
        status = read_result(argv[i], &r.values[r.count++]);
    for (j = 0; !status && !images && j < r.count; j++)
        metrics_take(&r.values[j]);
    if (!status && !images)
        keep_former(&r);
    if (!status)
        status = images ? print_images(&r) : write_metrics(&r);
    for (j = 0; j < r.count; j++)
        values_free(&r.values[j]);
    metrics_free();
    return status;
}
