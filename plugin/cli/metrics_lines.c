/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/metrics.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "lib/image_summary.h"
#include "util/cleanup.h"

#define PREFIX "xen_resumable_"

/* A metric, with all its lines. */
struct metric {
    const char *name; /* without PREFIX */
    const char *help;
    bool lasts;       /* lines of the former file are kept */
    struct buffer lines;
};

enum metric_index {
    METRIC_DOMAIN,
    METRIC_RUN,
    METRIC_SUCCESS,
    METRIC_DURATION,
    METRIC_FREEZE,
    METRIC_WRITTEN,
    METRIC_IMAGES,
    METRIC_LAST,
    METRIC_LAST_BYTES,
    METRIC_BYTES,
    METRIC_UNREADABLE,
    METRIC_REMOVED,
    METRIC_UNSOUND,
    METRICS,
};

static struct metric metrics[METRICS] = {
    [METRIC_DOMAIN] = {
        .name = "domain",
        .help = "Can the guest take a resume: 1, 0 or -1 (unknown).",
    },
    [METRIC_RUN] = {
        .name = "checkpoint_run_timestamp_seconds",
        .help = "When the last series of checkpoints ended.",
    },
    [METRIC_SUCCESS] = {
        .name = "checkpoint_success",
        .help = "Was the guest checkpointed in the last series: 1 or 0.",
    },
    [METRIC_DURATION] = {
        .name = "checkpoint_duration_seconds", .lasts = true,
        .help = "How long the guest's last good checkpoint took.",
    },
    [METRIC_FREEZE] = {
        .name = "checkpoint_freeze_seconds", .lasts = true,
        .help = "How long the guest stood still for it.",
    },
    [METRIC_WRITTEN] = {
        .name = "checkpoint_written_bytes", .lasts = true,
        .help = "How many bytes it wrote.",
    },
    [METRIC_IMAGES] = {
        .name = "images", .help = "How many images there are of the guest.",
    },
    [METRIC_LAST] = {
        .name = "image_last_timestamp_seconds",
        .help = "When the newest of them was saved.",
    },
    [METRIC_LAST_BYTES] = {
        .name = "image_last_bytes",
        .help = "What it occupies, also together with others.",
    },
    [METRIC_BYTES] = {
        .name = "images_bytes",
        .help = "What all of them occupy; what is shared counts for each.",
    },
    [METRIC_UNREADABLE] = {
        .name = "images_unreadable",
        .help = "Files of the series that cannot be read.",
    },
    [METRIC_REMOVED] = {
        .name = "images_removed", .help = "Removed by the last prune.",
    },
    [METRIC_UNSOUND] = {
        .name = "images_unsound",
        .help = "Of those that were verified last: not sound, or no answer.",
    },
};

static bool lists_images; /* a list is among what was taken */

/* A label's value: a backslash, a quote and a newline are escaped. */
static void put_label(struct buffer *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '\n')
            buffer_puts(out, "\\n");
        else if (*text == '"' || *text == '\\')
            buffer_printf(out, "\\%c", *text);
        else
            buffer_append(out, text, 1);
    }
}

static void put_domain(struct buffer *out, const char *domain)
{
    buffer_puts(out, "{domain=\"");
    put_label(out, domain);
    buffer_puts(out, "\"}");
}

/* Does it have a line of that domain? */
static bool metric_has(enum metric_index which, const char *domain)
{
    const struct metric *m = &metrics[which];
    CLEANUP_BUFFER struct buffer label = { 0 };

    put_domain(&label, domain);
    return m->lines.data && label.data && strstr(m->lines.data, label.data);
}

/* domain: NULL for a metric of the host. */
__attribute__((format(printf, 3, 4)))
static void put_metric(enum metric_index which, const char *domain,
                       const char *format, ...)
{
    struct metric *m = &metrics[which];
    va_list ap;

    if (domain && metric_has(which, domain))
        return;
    buffer_printf(&m->lines, PREFIX "%s", m->name);
    if (domain)
        put_domain(&m->lines, domain);
    buffer_puts(&m->lines, " ");
    va_start(ap, format);
    buffer_vprintf(&m->lines, format, ap);
    va_end(ap);
    buffer_puts(&m->lines, "\n");
}

/* "ARRAY[i].KEY"; NULL if it is not there. */
const char *metrics_member(const struct values *v, const char *array,
                           size_t i, const char *key)
{
    char path[128];

    snprintf(path, sizeof(path), "%s[%zu].%s", array, i, key);
    return values_get(v, path);
}

static bool member_number(const struct values *v, const char *array, size_t i,
                          const char *key, uint64_t *out)
{
    char path[128];

    snprintf(path, sizeof(path), "%s[%zu].%s", array, i, key);
    return values_get_number(v, path, out);
}

static void take_check(const struct values *v)
{
    struct metric *m = &metrics[METRIC_DOMAIN];
    const char *target, *answer, *source;
    size_t i;

    for (i = 0; (target = metrics_member(v, "domains", i, "target")); i++) {
        answer = metrics_member(v, "domains", i, "resumable");
        source = metrics_member(v, "domains", i, "source");
        buffer_printf(&m->lines, PREFIX "%s{domain=\"", m->name);
        put_label(&m->lines, target);
        buffer_puts(&m->lines, "\",source=\"");
        put_label(&m->lines, source ? source : "");
        buffer_printf(&m->lines, "\"} %d\n",
                      answer && !strcmp(answer, "yes") ? 1
                      : answer && !strcmp(answer, "no") ? 0 : -1);
    }
}

static void take_checkpoints(const struct values *v)
{
    const char *name;
    uint64_t number;
    size_t i;

    put_metric(METRIC_RUN, NULL, "%lld", (long long)time(NULL));
    for (i = 0; (name = metrics_member(v, "domains", i, "domain")); i++) {
        bool ok = metrics_word_is_true(metrics_member(v, "domains", i, "ok"));

        put_metric(METRIC_SUCCESS, name, "%d", ok);
        if (!ok)
            continue;
        if (member_number(v, "domains", i, "total_ms", &number))
            put_metric(METRIC_DURATION, name, "%.3f", (double)number / 1e3);
        if (member_number(v, "domains", i, "freeze_us", &number))
            put_metric(METRIC_FREEZE, name, "%.6f", (double)number / 1e6);
        if (member_number(v, "domains", i, "bytes_written", &number))
            put_metric(METRIC_WRITTEN, name, "%" PRIu64, number);
    }
}

/* They come by guest, the oldest first. */
static size_t take_guest_images(const struct values *v, size_t i,
                                const char *name)
{
    uint64_t all = 0, bytes = 0, count = 0;
    const char *when = NULL, *next = name;
    time_t last;

    for (; next && !strcmp(next, name); next = metrics_member(v, "images", ++i,
                                                      "name")) {
        if (!metrics_member(v, "images", i, "container"))
            continue;
        bytes = 0;
        (void)member_number(v, "images", i, "bytes_occupied", &bytes);
        all += bytes;
        count++;
        when = metrics_member(v, "images", i, "saved_at");
    }
    put_metric(METRIC_IMAGES, name, "%" PRIu64, count);
    put_metric(METRIC_BYTES, name, "%" PRIu64, all);
    if (when && image_time_parse(when, &last)) {
        put_metric(METRIC_LAST, name, "%lld", (long long)last);
        put_metric(METRIC_LAST_BYTES, name, "%" PRIu64, bytes);
    }
    return i;
}

static void take_images(const struct values *v)
{
    unsigned int unreadable = 0;
    size_t i = 0;

    lists_images = true;
    while (metrics_member(v, "images", i, "file")) {
        const char *name = metrics_member(v, "images", i, "name");

        unreadable += !metrics_member(v, "images", i, "container");
        if (name && metrics_member(v, "images", i, "container"))
            i = take_guest_images(v, i, name);
        else
            i++;
    }
    put_metric(METRIC_UNREADABLE, NULL, "%u", unreadable);
}

/* Of one image the object is that image's. */
static void take_verify(const struct values *v)
{
    unsigned int unsound = 0;
    const char *ok;
    size_t i = 0;

    for (; (ok = metrics_member(v, "images", i, "ok")); i++)
        unsound += !metrics_word_is_true(ok);
    if (!i)
        unsound = !metrics_word_is_true(values_get(v, "ok"));
    put_metric(METRIC_UNSOUND, NULL, "%u", unsound);
}

static bool has_key(const struct values *v, const char *path)
{
    return values_find(v, path) != 0;
}

/* What a result is of, its keys say. */
void metrics_take(const struct values *v)
{
    uint64_t number;

    if (has_key(v, "domains[0].target"))
        take_check(v);
    else if (has_key(v, "dir") && has_key(v, "domains"))
        take_checkpoints(v);
    else if (has_key(v, "removed")
             && values_get_number(v, "removed", &number))
        put_metric(METRIC_REMOVED, NULL, "%" PRIu64, number);
    else if (has_key(v, "seal") || has_key(v, "images[0].ok"))
        take_verify(v);
    else if (has_key(v, "dir") && has_key(v, "images"))
        take_images(v);
}

/* Is it a guest that there still is something of? */
static bool is_remembered(const char *domain)
{
    return metric_has(lists_images ? METRIC_IMAGES : METRIC_SUCCESS, domain);
}

/* A line of a former file: its labels stand there escaped as here. */
void metrics_keep_line(const char *line)
{
    size_t i, n;

    for (i = 0; i < METRICS; i++) {
        CLEANUP_BUFFER struct buffer head = { 0 }, domain = { 0 };
        const char *end, *at;

        if (!metrics[i].lasts)
            continue;
        buffer_printf(&head, PREFIX "%s{domain=\"", metrics[i].name);
        n = head.length;
        end = strstr(line, "\"} ");
        if (!head.data || strncmp(line, head.data, n) || !end)
            continue;
        for (at = line + n; at < end; at++) {
            bool escaped = *at == '\\';

            at += escaped;
            buffer_append(&domain, escaped && *at == 'n' ? "\n" : at, 1);
        }
        if (domain.data && !buffer_failed(&domain)
            && is_remembered(domain.data))
            put_metric((enum metric_index)i, domain.data, "%s", end + 3);
    }
}

void metrics_put(struct buffer *out)
{
    size_t i;

    for (i = 0; i < METRICS; i++) {
        const struct metric *m = &metrics[i];

        if (!m->lines.length)
            continue;
        buffer_printf(out, "# HELP " PREFIX "%s %s\n", m->name, m->help);
        buffer_printf(out, "# TYPE " PREFIX "%s gauge\n", m->name);
        buffer_append(out, m->lines.data, m->lines.length);
        out->failed = out->failed || m->lines.failed;
    }
}

void metrics_free(void)
{
    size_t i;

    for (i = 0; i < METRICS; i++)
        buffer_free(&metrics[i].lines);
}
