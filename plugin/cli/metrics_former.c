/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The lines of the textfile as it was.  What no result says this time is as it was:
 * an alert on something that is not there is silent.
 */
#include "config.h"

#include "cli/metrics.h"

#include <stdlib.h>
#include <string.h>

#include "util/cleanup.h"

#define PREFIX "xen_resumable_"

/* More than any host has guests, times metrics of a guest. */
enum { FORMER_MAX = 65536 };

struct former {
    enum metric_index which;
    char *domain;  /* NULL: of the host */
    char *value;
};

static struct former *formers;
static size_t former_count;

/* Borrows nothing; what there is no memory for is not known. */
static void add_former(enum metric_index which, const struct buffer *domain,
                       const char *value)
{
    struct former *more, item = { .which = which, .value = strdup(value) };

    if (domain)
        item.domain = domain->failed || !domain->data ? NULL
                                                      : strdup(domain->data);
    more = reallocarray(formers, former_count + 1, sizeof(*more));
    if (more)
        formers = more;
    if (!more || !item.value || (domain && !item.domain)) {
        free(item.domain);
        free(item.value);
        return;
    }
    formers[former_count++] = item;
}

/* A label's value, up to its quote; its end is returned. */
static const char *read_label(const char *at, struct buffer *out)
{
    for (; *at && *at != '"'; at++) {
        bool escaped = *at == '\\' && at[1];

        at += escaped;
        buffer_append(out, escaped && *at == 'n' ? "\n" : at, 1);
    }
    return at;
}

/* NAME VALUE, or NAME{domain="..."} VALUE; a line with other labels is none. */
static void read_line(const char *line)
{
    CLEANUP_BUFFER struct buffer domain = { 0 };
    size_t i, n;

    if (strncmp(line, PREFIX, strlen(PREFIX)))
        return;
    line += strlen(PREFIX);
    n = strcspn(line, " {");
    for (i = 0; i < METRICS; i++)
        if (strlen(metric_name((enum metric_index)i)) == n
            && !memcmp(metric_name((enum metric_index)i), line, n))
            break;
    line += n;
    if (i == METRICS)
        return;
    if (*line == ' ') {
        add_former((enum metric_index)i, NULL, line + 1);
    } else if (!strncmp(line, "{domain=\"", 9)) {
        line = read_label(line + 9, &domain);
        if (!strncmp(line, "\"} ", 3))
            add_former((enum metric_index)i, &domain, line + 3);
    }
}

void metrics_former_read(char *text)
{
    char *line;

    while (former_count < FORMER_MAX && (line = strsep(&text, "\n")))
        read_line(line);
}

static bool is_former_of(const struct former *f, enum metric_index which,
                         const char *domain)
{
    if (f->which != which || !f->domain != !domain)
        return false;
    return !domain || !strcmp(f->domain, domain);
}

const char *metrics_former_value(enum metric_index which, const char *domain)
{
    size_t i;

    for (i = 0; i < former_count; i++)
        if (is_former_of(&formers[i], which, domain))
            return formers[i].value;
    return NULL;
}

void metrics_former_keep(bool series_failed)
{
    size_t i;

    for (i = 0; i < former_count; i++) {
        const struct former *f = &formers[i];

        if (metric_stays(f->which, f->domain))
            metric_put(f->which, f->domain, "%s",
                       series_failed && f->which == METRIC_SUCCESS
                       ? "0" : f->value);
    }
}

void metrics_former_free(void)
{
    while (former_count) {
        free(formers[--former_count].domain);
        free(formers[former_count].value);
    }
    free(formers);
    formers = NULL;
}
