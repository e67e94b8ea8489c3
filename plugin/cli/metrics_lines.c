/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/metrics.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "util/cleanup.h"

#define PREFIX "xen_resumable_"

/* A metric, with all its lines. */
struct metric {
    const char *name; /* without PREFIX */
    const char *help;
    enum metrics_verb verb;  /* whose results say it */
    bool lasts;       /* what they do not say is as it was before */
    struct buffer lines;
};

static struct metric metrics[METRICS] = {
    [METRIC_DOMAIN] = {
        .name = "domain", .verb = METRICS_CHECK,
        .help = "Can the guest take a resume: 1, 0 or -1 (unknown).",
    },
    [METRIC_RUN_STATUS] = {
        .name = "run_status", .verb = METRICS_VERBS,
        .help = "The exit status of the last nightly run: 0 is good.",
    },
    [METRIC_RUN_TIME] = {
        .name = "run_timestamp_seconds", .verb = METRICS_VERBS,
        .help = "When it ended, whatever became of it.",
    },
    [METRIC_SERIES] = {
        .name = "checkpoint_run_timestamp_seconds",
        .verb = METRICS_CHECKPOINT,
        .help = "When the last series of checkpoints ended.",
    },
    [METRIC_SUCCESS] = {
        .name = "checkpoint_success", .verb = METRICS_CHECKPOINT,
        .help = "Was the guest checkpointed in the last series: 1 or 0.",
    },
    [METRIC_DURATION] = {
        .name = "checkpoint_duration_seconds",
        .verb = METRICS_CHECKPOINT, .lasts = true,
        .help = "How long the guest's last good checkpoint took.",
    },
    [METRIC_FREEZE] = {
        .name = "checkpoint_freeze_seconds",
        .verb = METRICS_CHECKPOINT, .lasts = true,
        .help = "How long the guest stood still for it.",
    },
    [METRIC_WRITTEN] = {
        .name = "checkpoint_written_bytes",
        .verb = METRICS_CHECKPOINT, .lasts = true,
        .help = "How many bytes it wrote.",
    },
    [METRIC_UNKEPT] = {
        .name = "checkpoint_disks_not_kept",
        .verb = METRICS_CHECKPOINT, .lasts = true,
        .help = "Of how many disks that the guest writes it has no copy.",
    },
    [METRIC_IMAGES] = {
        .name = "images", .verb = METRICS_LIST,
        .help = "How many images there are of the guest.",
    },
    [METRIC_LAST] = {
        .name = "image_last_timestamp_seconds", .verb = METRICS_LIST,
        .help = "When the newest sound one was saved; 0: there is none.",
    },
    [METRIC_LAST_BYTES] = {
        .name = "image_last_bytes", .verb = METRICS_LIST,
        .help = "What it occupies, also together with others.",
    },
    [METRIC_BYTES] = {
        .name = "images_bytes", .verb = METRICS_LIST,
        .help = "What all of them occupy; what is shared counts for each.",
    },
    [METRIC_UNREADABLE] = {
        .name = "images_unreadable", .verb = METRICS_LIST,
        .help = "Files of the series that cannot be read.",
    },
    [METRIC_REMOVED] = {
        .name = "images_removed", .verb = METRICS_PRUNE,
        .help = "Removed by the last prune.",
    },
    [METRIC_UNSOUND] = {
        .name = "images_unsound", .verb = METRICS_VERIFY,
        .help = "Of those that were verified last: not sound, or no answer.",
    },
};

static bool taken[METRICS_VERBS];

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

bool metric_has(enum metric_index which, const char *domain)
{
    const struct metric *m = &metrics[which];
    CLEANUP_BUFFER struct buffer label = { 0 };

    if (!domain)
        return m->lines.length;
    put_domain(&label, domain);
    return m->lines.data && label.data && strstr(m->lines.data, label.data);
}

const char *metric_name(enum metric_index which)
{
    return metrics[which].name;
}

void metric_put(enum metric_index which, const char *domain,
                const char *format, ...)
{
    struct metric *m = &metrics[which];
    va_list ap;

    if (metric_has(which, domain))
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

void metric_put_source(enum metric_index which, const char *domain,
                       const char *source, int value)
{
    struct metric *m = &metrics[which];

    buffer_printf(&m->lines, PREFIX "%s{domain=\"", m->name);
    put_label(&m->lines, domain);
    buffer_puts(&m->lines, "\",source=\"");
    put_label(&m->lines, source);
    buffer_printf(&m->lines, "\"} %d\n", value);
}

void metrics_verb_taken(enum metrics_verb verb)
{
    taken[verb] = true;
}

bool metrics_verb_is_taken(enum metrics_verb verb)
{
    return taken[verb];
}

/* Is it a guest that there still is something of? */
static bool is_remembered(const char *domain)
{
    return domain
           && metric_has(taken[METRICS_LIST] ? METRIC_IMAGES : METRIC_SUCCESS,
                         domain);
}

/* Which guests run is known now, or not at all. */
bool metric_stays(enum metric_index which, const char *domain)
{
    const struct metric *m = &metrics[which];

    if (m->verb == METRICS_CHECK || m->verb == METRICS_VERBS)
        return m->verb == METRICS_VERBS;
    return !taken[m->verb] || (m->lasts && is_remembered(domain));
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
