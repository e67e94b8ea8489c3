/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The object in which every invocation ends, and the exit status that goes with
 * it.
 */
#include "config.h"

#include "cli/output.h"

#include <string.h>
#include <unistd.h>

#include "cli/output_lines.h"
#include "cli/signals.h"
#include "util/outlet.h"
#include "util/reason.h"

static bool result_written; /* by this process */

static void json_error(yajl_gen g, const struct output *out,
                       const struct xr_error *err, const char *domain)
{
    json_key(g, "error");
    yajl_gen_map_open(g);
    json_text(g, "code", reason_name(err->reason));
    json_text(g, "message", err->message);
    if (err->offset != XR_NO_OFFSET)
        json_number(g, "offset", err->offset);
    json_text(g, "stage", out->stage);
    json_text(g, "domain", domain);
    yajl_gen_map_close(g);
}

yajl_gen output_result_begin(const struct output *out,
                             const struct xr_error *err, const char *domain)
{
    yajl_gen g;

    result_written = true;
    if (out->format == FORMAT_JSONL) {
        line_hello();
        signals_hold(); /* a line that was cut is completed as a whole */
        outlet_release(STDOUT_FILENO);
        signals_release();
        g = line_begin("result");
    } else {
        g = json_new();
        signals_hold();
        yajl_gen_map_open(g);
    }
    json_bool(g, "ok", !err);
    if (err)
        json_error(g, out, err, domain);
    return g;
}

void json_ok(yajl_gen g, const struct xr_error *err)
{
    static const struct output none = { .format = FORMAT_JSON };

    json_bool(g, "ok", !err);
    if (err)
        json_error(g, &none, err, NULL);
}

/* The value of --format, which may be shortened; NULL: another word. */
static const char *find_value(char **argv)
{
    size_t n = strcspn(*argv, "=");

    if (n < 3 || strncmp(*argv, "--format", n))
        return NULL;
    return (*argv)[n] ? *argv + n + 1 : argv[1];
}

/* Of a command line that was not understood; the last one counts. */
static enum format find_format(char **argv)
{
    enum format format = output_format_known();

    for (; *argv && strcmp(*argv, "--"); argv++) {
        const char *value = find_value(argv);

        if (value && !strcmp(value, "json"))
            format = FORMAT_JSON;
        else if (value && !strcmp(value, "jsonl"))
            format = FORMAT_JSONL;
        else if (value && !strcmp(value, "text"))
            format = FORMAT_TEXT;
    }
    return format;
}

void output_last_failure(char **words, int status)
{
    const struct output out = { .format = find_format(words) };

    if (status != STATUS_YES && output_is_json(&out) && !result_written)
        output_failure(&out, last_failure(), NULL);
}

void output_result_end(const struct output *out, yajl_gen g)
{
    if (out->format == FORMAT_JSONL) {
        line_end(g);
        return;
    }
    yajl_gen_map_close(g);
    json_free(&g);
    signals_release();
}

int output_status(const struct xr_error *err)
{
    return reason_is_no(err->reason) ? STATUS_NO : STATUS_ERROR;
}

int output_failure(const struct output *out, const struct xr_error *err,
                   const char *domain)
{
    if (output_is_json(out))
        output_result_end(out, output_result_begin(out, err, domain));
    return finish_output(output_status(err));
}

int output_verb_failure(const struct output *out, const char *verb,
                        const struct xr_error *err)
{
    events_fail(&out->events, verb, err);
    output_failure(out, err, NULL);
    return STATUS_ERROR;
}

int output_file_failure(const struct output *out, const char *path,
                        struct xr_error *err)
{
    events_fail_file(&out->events, path, err);
    output_failure(out, err, NULL);
    return STATUS_ERROR;
}
